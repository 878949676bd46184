import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A person at the platform; signs in to the admin app with a token of which only the SHA-256 is stored. */
@Entity('operators')
export class OperatorEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('text', { name: 'name' }) name!: string;
  @Column('text', { name: 'role' }) role!: 'viewer' | 'operator' | 'owner';
  @Column('bytea', { name: 'hash' }) hash!: Buffer;
  @Column('text', { name: 'last4' }) last4!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
}
