import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON } from '../../openapi/any-json.js';

/** An event as a producer sends it. Read by hand (`read-new-event.ts`); this class is its description. */
export class NewEventDto {
  @ApiProperty({
    required: false,
    description: "The one recipient: a subscriber's id or uid. Either this or broadcast",
    example: 'acme',
  })
  subscriber?: string;

  @ApiProperty({ required: false, description: 'True: to every subscriber whose endpoints match', example: false })
  broadcast?: boolean;

  @ApiProperty({
    description: '1 to 10 segments of letters, digits, _ and - between dots, at most 256 characters',
    maxLength: 256,
    example: 'order.placed',
  })
  type!: string;

  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    format: 'date-time',
    description: 'When it happened (RFC 3339); else the time of publishing',
    example: '2026-11-23T18:53:00.123Z',
  })
  timestamp?: string | null;

  @ApiProperty({
    ...ANY_JSON,
    required: false,
    description:
      'Any JSON value, at most 256 KiB and 64 levels deep; sent byte for byte inside the envelope. Either this or body',
    example: { orderId: 12345 },
  })
  data?: unknown;

  @ApiProperty({
    ...ANY_JSON,
    required: false,
    description: 'Any JSON value, sent byte for byte as the whole body, without the envelope',
    example: { orderId: 12345 },
  })
  body?: unknown;
}

export class BatchEventDto extends NewEventDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: '1 to 255 printable ASCII characters; an event seen before within 24 h answers with its first id',
    maxLength: 255,
    example: 'order-12345',
  })
  idempotencyKey?: string | null;
}

export class NewBatchDto {
  @ApiProperty({
    description: '1 to 1,000 events, all or none',
    type: [BatchEventDto],
    minItems: 1,
    maxItems: 1000,
    example: [{ subscriber: 'acme', type: 'order.placed', data: { orderId: 12345 } }],
  })
  events!: BatchEventDto[];
}

export class PublishedEventDto {
  @ApiProperty({ description: "The event's id, the receiver's webhook-id", example: 'evt_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({
    description: 'How many deliveries were made; 0 when no endpoint matches',
    type: 'integer',
    example: 3,
  })
  deliveries!: number;
}

export class PublishedBatchDto {
  @ApiProperty({
    description: 'One answer an event, in their order',
    type: [PublishedEventDto],
    example: [{ id: 'evt_01kavs0g3he0k8b5xhgm3nq4t2', deliveries: 3 }],
  })
  data!: PublishedEventDto[];
}
