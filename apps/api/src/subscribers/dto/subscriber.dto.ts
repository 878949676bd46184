import { ApiProperty } from '@nestjs/swagger';
import { encodeId } from '#core';
import { formatRfc3339 } from '#http-kit';
import type { SubscriberEntity } from '#persistence';

export class SubscriberDto {
  @ApiProperty({ description: 'Our id', example: 'sub_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({
    description: "The tenant's own name for it, unique in the tenant",
    type: String,
    nullable: true,
    example: 'acme',
  })
  uid!: string | null;

  @ApiProperty({ description: 'Name for people', example: 'Acme' })
  name!: string;

  @ApiProperty({
    description: "The tenant's own members, at most 4 KiB as JSON",
    type: Object,
    example: { plan: 'gold' },
  })
  metadata!: Record<string, unknown>;

  @ApiProperty({
    description: 'When it was created (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'When it was last changed (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  updatedAt!: string;
}

export function toSubscriber(row: SubscriberEntity): SubscriberDto {
  return {
    id: encodeId('subscriber', row.id),
    uid: row.uid,
    name: row.name,
    metadata: row.metadata,
    createdAt: formatRfc3339(row.createdAt),
    updatedAt: formatRfc3339(row.updatedAt),
  };
}
