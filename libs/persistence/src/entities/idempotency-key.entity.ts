import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A remembered answer, for 24 h. Events are remembered by their id, other requests by their sealed response. */
@Entity('idempotency_keys')
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string;
  @PrimaryColumn('text', { name: 'scope' }) scope!: string;
  @PrimaryColumn('text', { name: 'key' }) key!: string;
  @Column('bytea', { name: 'fingerprint' }) fingerprint!: Buffer;
  @Column('uuid', { name: 'event_id', nullable: true }) eventId!: string | null;
  @Column('integer', { name: 'deliveries', nullable: true }) deliveries!: number | null;
  @Column('smallint', { name: 'status', nullable: true }) status!: number | null;
  @Column('bytea', { name: 'response_sealed', nullable: true }) responseSealed!: Buffer | null;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
