import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A name in a tenant's optional catalogue. The schema is documentation, kept as the text that came. */
@Entity('event_types')
export class EventTypeEntity {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string;
  @PrimaryColumn('text', { name: 'name' }) name!: string;
  @Column('text', { name: 'description', nullable: true }) description!: string | null;
  @Column('text', { name: 'schema', nullable: true }) schema!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' }) updatedAt!: Date;
}
