import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One event on its way to one endpoint. The id begins with its event's (10 bytes), but for a replay, whose id is the replay's time. */
@Entity('deliveries')
export class DeliveryEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('uuid', { name: 'endpoint_id' }) endpointId!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('timestamptz', { name: 'next_at' }) nextAt!: Date;
  /** Gives up then; fixed at publish. */
  @Column('timestamptz', { name: 'deadline' }) deadline!: Date;
  @Column('timestamptz', { name: 'settled_at', nullable: true }) settledAt!: Date | null;
  /** Size of the payload, so that a holder can budget before loading it. */
  @Column('integer', { name: 'bytes' }) bytes!: number;
  @Column('integer', { name: 'attempts', default: 0 }) attempts!: number;
  /** Place in the retry schedule; a 429 does not advance it. */
  @Column('smallint', { name: 'step', default: 0 }) step!: number;
  @Column('enum', {
    name: 'state',
    enum: ['pending', 'delivered', 'dead', 'cancelled'],
    enumName: 'delivery_state',
    default: 'pending',
  })
  state!: 'pending' | 'delivered' | 'dead' | 'cancelled';
  @Column('text', { name: 'reason', nullable: true }) reason!: string | null;
  @Column('text', { name: 'trigger' }) trigger!: 'initial' | 'resend' | 'replay' | 'test';
  @Column('uuid', { name: 'replay_of', nullable: true }) replayOf!: string | null;
  @Column('uuid', { name: 'replayed_by', nullable: true }) replayedBy!: string | null;
  @Column('uuid', { name: 'replay_id', nullable: true }) replayId!: string | null;
}
