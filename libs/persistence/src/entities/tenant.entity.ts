import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A company that publishes through Posthorn; owns everything else. */
@Entity('tenants')
export class TenantEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('text', { name: 'name' }) name!: string;
  @Column('boolean', { name: 'https_only', default: false }) httpsOnly!: boolean;
  /** Refuse types that are not in the catalogue. */
  @Column('boolean', { name: 'strict_event_types', default: false }) strictEventTypes!: boolean;
  /** Most endpoints one broadcast may reach. */
  @Column('integer', { name: 'max_broadcast', default: 10000 }) maxBroadcast!: number;
  /** Ports endpoints may use beside 443 (and 80 where http is allowed). */
  @Column('integer', { name: 'allowed_ports', array: true, default: '{}' }) allowedPorts!: number[];
  @Column('timestamptz', { name: 'suspended_at', nullable: true }) suspendedAt!: Date | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
}
