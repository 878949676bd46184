import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One HTTP request of a delivery, with its outcome. Lives in its delivery's partition. */
@Entity('attempts')
export class AttemptEntity {
  @PrimaryColumn('uuid', { name: 'delivery_id' }) deliveryId!: string;
  @PrimaryColumn('integer', { name: 'number' }) number!: number;
  @Column('text', { name: 'trigger' }) trigger!: 'initial' | 'retry' | 'resend' | 'replay' | 'test';
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date;
  @Column('integer', { name: 'duration_ms' }) durationMs!: number;
  @Column('integer', { name: 'dns_ms', nullable: true }) dnsMs!: number | null;
  @Column('integer', { name: 'connect_ms', nullable: true }) connectMs!: number | null;
  @Column('integer', { name: 'tls_ms', nullable: true }) tlsMs!: number | null;
  @Column('integer', { name: 'first_byte_ms', nullable: true }) firstByteMs!: number | null;
  /** HTTP status; null when no response came. */
  @Column('smallint', { name: 'status', nullable: true }) status!: number | null;
  /** Error class; null = success. */
  @Column('text', { name: 'error', nullable: true }) error!: string | null;
  @Column('timestamptz', { name: 'retry_after_until', nullable: true }) retryAfterUntil!: Date | null;
  @Column('text', { name: 'url' }) url!: string;
  @Column('text', { name: 'content_type', nullable: true }) contentType!: string | null;
  @Column('text', { name: 'retry_after', nullable: true }) retryAfter!: string | null;
  @Column('text', { name: 'location', nullable: true }) location!: string | null;
  /** The first 4 KiB of the answer (256 bytes of a 2xx). */
  @Column('bytea', { name: 'body', nullable: true }) body!: Buffer | null;
  @Column('boolean', { name: 'truncated' }) truncated!: boolean;
}
