import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who did what to what, and when. */
@Entity('audit')
export class AuditEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text', { name: 'actor_kind' }) actorKind!: 'tenant' | 'publisher' | 'subscriber' | 'operator' | 'system';
  @Column('uuid', { name: 'actor_id', nullable: true }) actorId!: string | null;
  @Column('text', { name: 'action' }) action!: string;
  @Column('text', { name: 'target_kind', nullable: true }) targetKind!: string | null;
  @Column('uuid', { name: 'target_id', nullable: true }) targetId!: string | null;
  @Column('jsonb', { name: 'detail', default: {} }) detail!: Record<string, unknown>;
  @Column('text', { name: 'request_id', nullable: true }) requestId!: string | null;
  @Column('timestamptz', { name: 'at', default: () => 'clock_timestamp()' }) at!: Date;
}
