import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One of a tenant's customers; owns endpoints. */
@Entity('subscribers')
export class SubscriberEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  /** The tenant's own name for it. */
  @Column('text', { name: 'uid', nullable: true }) uid!: string | null;
  @Column('text', { name: 'name' }) name!: string;
  @Column('jsonb', { name: 'metadata', default: {} }) metadata!: Record<string, unknown>;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'deleted_at', nullable: true }) deletedAt!: Date | null;
}
