import { Column, Entity, PrimaryColumn } from 'typeorm';

/** All pending deliveries of one endpoint, with that endpoint's lease and flow state. Never written by publishing. */
@Entity('lanes')
export class LaneEntity {
  @PrimaryColumn('uuid', { name: 'endpoint_id' }) endpointId!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('uuid', { name: 'holder', nullable: true }) holder!: string | null;
  /** Raised at every change of holder. */
  @Column('bigint', { name: 'epoch' }) epoch!: string;
  @Column('timestamptz', { name: 'lease_until', nullable: true }) leaseUntil!: Date | null;
  /** The window the holder may use. */
  @Column('integer', { name: 'granted' }) granted!: number;
  /** Longest attempt of the holder, milliseconds: how long its sockets may outlive its lease. */
  @Column('integer', { name: 'timeout_ms' }) timeoutMs!: number;
  /** Requests an expired holder may still have open … */
  @Column('integer', { name: 'inherited' }) inherited!: number;
  /** … until then. */
  @Column('timestamptz', { name: 'inherited_until', nullable: true }) inheritedUntil!: Date | null;
  /** Somebody wanted the lane while it was held. */
  @Column('boolean', { name: 'knocked' }) knocked!: boolean;
  @Column('timestamptz', { name: 'wake_at', nullable: true }) wakeAt!: Date | null;
  /** What replays made for this lane is settled or expired by then; null = there never was any. */
  @Column('timestamptz', { name: 'replays_until', nullable: true }) replaysUntil!: Date | null;
  @Column('timestamptz', { name: 'paused_until', nullable: true }) pausedUntil!: Date | null;
  @Column('text', { name: 'pause_reason', nullable: true }) pauseReason!: string | null;
  @Column('jsonb', { name: 'flow', nullable: true }) flow!: Record<string, unknown> | null;
}
