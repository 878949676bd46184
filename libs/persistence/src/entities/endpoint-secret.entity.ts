import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A signing secret, encrypted. The newest without an end is the current one; one with an end is signed with until then. */
@Entity('endpoint_secrets')
export class EndpointSecretEntity {
  @PrimaryColumn('uuid', { name: 'id' }) id!: string;
  @Column('uuid', { name: 'endpoint_id' }) endpointId!: string;
  @Column('bytea', { name: 'sealed' }) sealed!: Buffer;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
}
