import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A bearer key of a tenant, a publisher or a subscriber; only its SHA-256 is stored. */
@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('text', { name: 'role' }) role!: 'tenant' | 'publisher' | 'subscriber';
  /** Only of role subscriber. */
  @Column('text', { name: 'scope', nullable: true }) scope!: 'manage' | 'read' | null;
  @Column('uuid', { name: 'subscriber_id', nullable: true }) subscriberId!: string | null;
  @Column('text', { name: 'name' }) name!: string;
  @Column('bytea', { name: 'hash' }) hash!: Buffer;
  @Column('text', { name: 'last4' }) last4!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
}
