import { ApiProperty } from '@nestjs/swagger';
import { encodeId } from '#core';
import { formatRfc3339 } from '#http-kit';
import type { ApiKeyEntity } from '#persistence';

export class KeyDto {
  @ApiProperty({ description: 'Our id', example: 'key_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({ description: 'What it may do', enum: ['tenant', 'publisher', 'subscriber'], example: 'subscriber' })
  role!: ApiKeyEntity['role'];

  @ApiProperty({
    description: "Of a subscriber's token: whether it may change things",
    type: String,
    enum: ['manage', 'read'],
    nullable: true,
    example: 'read',
  })
  scope!: ApiKeyEntity['scope'];

  @ApiProperty({
    description: "Of a subscriber's token: whose it is",
    type: String,
    nullable: true,
    example: 'sub_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  subscriberId!: string | null;

  @ApiProperty({ description: 'Name for people', example: 'ci' })
  name!: string;

  @ApiProperty({ description: 'The last 4 characters of the key', example: '9f3c' })
  last4!: string;

  @ApiProperty({
    description: 'When it was made (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'When it ends (RFC 3339, UTC); null = never',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  expiresAt!: string | null;

  @ApiProperty({
    description: 'When it was last used, to the minute (RFC 3339, UTC)',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  lastUsedAt!: string | null;
}

export class CreatedKeyDto extends KeyDto {
  @ApiProperty({ description: 'The key, shown this once', example: 'phk_4f7Qm0cJc1V3x8sYdQpT6gk2bQe9rW5uZ1aLh0nD7Xc' })
  key!: string;
}

export function toKey(row: ApiKeyEntity): KeyDto {
  return {
    id: encodeId('key', row.id),
    role: row.role,
    scope: row.scope,
    subscriberId: row.subscriberId === null ? null : encodeId('subscriber', row.subscriberId),
    name: row.name,
    last4: row.last4,
    createdAt: formatRfc3339(row.createdAt),
    expiresAt: row.expiresAt === null ? null : formatRfc3339(row.expiresAt),
    lastUsedAt: row.lastUsedAt === null ? null : formatRfc3339(row.lastUsedAt),
  };
}
