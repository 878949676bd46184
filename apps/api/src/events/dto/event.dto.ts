import { ApiProperty } from '@nestjs/swagger';
import { encodeId, uuidTime } from '#core';
import { formatRfc3339 } from '#http-kit';
import type { DeliveryStates, ListedEvent } from '#persistence';
import { ANY_JSON } from '../../openapi/any-json.js';

export class DeliveryStatesDto {
  @ApiProperty({ description: 'On their way', type: 'integer', example: 1 })
  pending!: number;

  @ApiProperty({ description: 'Accepted by their endpoint', type: 'integer', example: 2 })
  delivered!: number;

  @ApiProperty({ description: 'Given up', type: 'integer', example: 0 })
  dead!: number;

  @ApiProperty({ description: 'Taken back before they were delivered', type: 'integer', example: 0 })
  cancelled!: number;
}

/** An event as lists show it. */
export class ListedEventDto {
  @ApiProperty({ description: "Our id, the receiver's webhook-id", example: 'evt_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({
    description: 'Whom it was addressed to; null for a broadcast',
    type: String,
    nullable: true,
    example: 'sub_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  subscriberId!: string | null;

  @ApiProperty({ description: 'Whether it was addressed to everybody', example: false })
  broadcast!: boolean;

  @ApiProperty({ description: 'Its type', example: 'order.placed' })
  type!: string;

  @ApiProperty({
    description: 'When it happened, else when it was published (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  timestamp!: string;

  @ApiProperty({ description: 'The key it was published with', type: String, nullable: true, example: 'order-12345' })
  idempotencyKey!: string | null;

  @ApiProperty({
    description: 'When it was published (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'How many deliveries publishing made, as far as the caller may see them',
    type: 'integer',
    example: 3,
  })
  deliveries!: number;

  @ApiProperty({
    description: 'Those deliveries by state',
    type: DeliveryStatesDto,
    example: { pending: 1, delivered: 2, dead: 0, cancelled: 0 },
  })
  deliveryStates!: DeliveryStatesDto;
}

/** An event read by itself, with its payload in the bytes that were published. */
export class EventDto extends ListedEventDto {
  @ApiProperty({
    ...ANY_JSON,
    description: 'The data as it was published; null for an event with a body',
    example: { orderId: 12345 },
  })
  data!: unknown;

  @ApiProperty({
    ...ANY_JSON,
    description: 'The body as it was published; null for an event with data',
    example: null,
  })
  body!: unknown;
}

const NONE = { total: 0, pending: 0, delivered: 0, dead: 0, cancelled: 0 };

/** `own`: count only what is in `states`, which a subscriber may see; else what publishing made. */
export function toListedEvent(row: ListedEvent, states: DeliveryStates | undefined, own: boolean): ListedEventDto {
  const { total, pending, delivered, dead, cancelled } = states ?? NONE;
  return {
    id: encodeId('event', row.id),
    subscriberId: row.subscriberId === null ? null : encodeId('subscriber', row.subscriberId),
    broadcast: row.subscriberId === null,
    type: row.type,
    timestamp: formatRfc3339(row.occurredAt ?? uuidTime(row.id)),
    idempotencyKey: row.idempotencyKey,
    createdAt: formatRfc3339(uuidTime(row.id)),
    deliveries: own ? total : row.fanOut,
    deliveryStates: { pending, delivered, dead, cancelled },
  };
}
