import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A published fact: immutable bytes, one type, addressed to one subscriber or (null) broadcast. The id is its time. */
@Entity('events')
export class EventEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('uuid', { name: 'subscriber_id', nullable: true }) subscriberId!: string | null;
  @Column('text', { name: 'type' }) type!: string;
  /** The producer's own timestamp; null = the time of publishing. */
  @Column('timestamptz', { name: 'occurred_at', nullable: true }) occurredAt!: Date | null;
  /** True: published as `data`, sent in the envelope. False: published as `body`, sent as it is. */
  @Column('boolean', { name: 'envelope' }) envelope!: boolean;
  @Column('bytea', { name: 'payload' }) payload!: Buffer;
  @Column('text', { name: 'idempotency_key', nullable: true }) idempotencyKey!: string | null;
  /** How many deliveries publishing made. */
  @Column('integer', { name: 'fan_out' }) fanOut!: number;
}
