import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsOptional, IsString, MaxLength } from 'class-validator';
import { Follows, formatRfc3339 } from '#http-kit';
import type { EventTypeEntity } from '#persistence';
import { eventTypeName } from '../../rules/event-filters.js';
import { eventSchema } from '../schema-rules.js';

/** A schema is an object, or true or false (JSON Schema 2020-12, section 4.3). */
const JSON_SCHEMA = { anyOf: [{ type: 'object' }, { type: 'boolean' }, { type: 'null' }] };

export class EventTypeDto {
  @ApiProperty({ description: 'The type, as events carry it', example: 'order.placed' })
  name!: string;

  @ApiProperty({ description: 'For people', type: String, nullable: true, example: 'An order was placed' })
  description!: string | null;

  @ApiProperty({
    ...JSON_SCHEMA,
    description: "JSON Schema of the events' data: documentation, events are not checked by it",
    example: { type: 'object' },
  })
  schema!: unknown;

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

/** PUT /v1/event-types/{name} */
export class PutEventTypeDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: 'For people, at most 1,024 characters',
    maxLength: 1024,
    default: null,
    example: 'An order was placed',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  description?: string | null;

  @ApiProperty({
    ...JSON_SCHEMA,
    required: false,
    description: "JSON Schema of the events' data, at most 64 KiB and 32 levels deep, without remote references",
    default: null,
    example: { type: 'object' },
  })
  @IsOptional()
  @Follows(eventSchema)
  schema?: unknown;
}

/** POST /v1/event-types */
export class CreateEventTypeDto extends PutEventTypeDto {
  @ApiProperty({
    description: '1 to 10 segments of letters, digits, _ and - between dots, at most 256 characters; not posthorn.*',
    maxLength: 256,
    example: 'order.placed',
  })
  @IsDefined()
  @Follows(eventTypeName)
  name!: string;
}

export function toEventType(row: EventTypeEntity): EventTypeDto {
  return {
    name: row.name,
    description: row.description,
    schema: row.schema === null ? null : (JSON.parse(row.schema) as unknown),
    createdAt: formatRfc3339(row.createdAt),
    updatedAt: formatRfc3339(row.updatedAt),
  };
}
