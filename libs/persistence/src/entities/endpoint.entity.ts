import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A subscriber's URL with its filter and delivery policy. `version` rises with every change that a holder must notice. */
@Entity('endpoints')
export class EndpointEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('uuid', { name: 'subscriber_id' }) subscriberId!: string;
  @Column('text', { name: 'uid', nullable: true }) uid!: string | null;
  @Column('text', { name: 'url' }) url!: string;
  @Column('text', { name: 'description', nullable: true }) description!: string | null;
  /** The filter as given; null = all types. */
  @Column('text', { name: 'event_types', nullable: true, array: true }) eventTypes!: string[] | null;
  /** The filter as it is matched: an event's type matches when one of its own match keys is among these. `{*}` for all. */
  @Column('text', { name: 'match_keys', array: true }) matchKeys!: string[];
  /** An endpoint of the subscriber that receives notices: no broadcast reaches it. */
  @Column('boolean', { name: 'system', default: false }) system!: boolean;
  @Column('text', { name: 'payload', default: 'full' }) payload!: 'full' | 'thin';
  @Column('text', { name: 'ordering', default: 'none' }) ordering!: 'none' | 'fifo';
  @Column('text', { name: 'signature', default: 'v1' }) signature!: 'v1' | 'v1a';
  /** Most requests in flight, over all dispatchers. */
  @Column('integer', { name: 'concurrency', default: 10 }) concurrency!: number;
  @Column('double precision', { name: 'rate_per_second', nullable: true }) ratePerSecond!: number | null;
  @Column('integer', { name: 'timeout_ms', default: 15000 }) timeoutMs!: number;
  @Column('double precision', { name: 'retry_initial_delay_seconds', default: 5 }) retryInitialDelaySeconds!: number;
  @Column('double precision', { name: 'retry_factor', default: 3 }) retryFactor!: number;
  @Column('double precision', { name: 'retry_max_delay_seconds', default: 43200 }) retryMaxDelaySeconds!: number;
  @Column('integer', { name: 'give_up_after_seconds', default: 259200 }) giveUpAfterSeconds!: number;
  /** JSON object of custom headers, encrypted. */
  @Column('bytea', { name: 'headers_sealed', nullable: true }) headersSealed!: Buffer | null;
  /** Their names, in the clear, for reading. */
  @Column('text', { name: 'header_names', array: true, default: '{}' }) headerNames!: string[];
  @Column('jsonb', { name: 'metadata', default: {} }) metadata!: Record<string, unknown>;
  @Column('text', { name: 'state', default: 'active' }) state!: 'active' | 'paused' | 'disabled';
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!:
    'paused_by_subscriber' | 'paused_by_tenant' | 'paused_by_operator' | 'gone' | 'failing' | null;
  @Column('timestamptz', { name: 'state_since', default: () => 'clock_timestamp()' }) stateSince!: Date;
  /** When somebody resumed it last. */
  @Column('timestamptz', { name: 'resumed_at', nullable: true }) resumedAt!: Date | null;
  /** When it got another URL; null = it has its first. */
  @Column('timestamptz', { name: 'moved_at', nullable: true }) movedAt!: Date | null;
  @Column('integer', { name: 'version', default: 1 }) version!: number;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'deleted_at', nullable: true }) deletedAt!: Date | null;
}
