import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { parseRfc3339 } from './rfc3339.js';
import { AnyJson, Follows } from './request-rules.js';
import type { Report } from './request-rules.js';

const LONGEST_PAGE = 250;
const USUAL_PAGE = 50;

export function rfc3339(value: unknown, report: Report): void {
  if (typeof value !== 'string' || parseRfc3339(value) === null) {
    report('', 'invalid_value', 'must be an RFC 3339 time, for example 2026-11-23T18:53:00.123Z');
  }
}

/** What every list takes beside its own filters. */
export class ListQuery {
  @ApiProperty({
    required: false,
    description: 'Entries a page, 1 to 250',
    type: 'integer',
    minimum: 1,
    maximum: LONGEST_PAGE,
    default: USUAL_PAGE,
    example: 50,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_PAGE)
  limit?: number;

  @ApiProperty({
    required: false,
    description: 'Newest first (`desc`) or oldest first (`asc`)',
    enum: ['desc', 'asc'],
    default: 'desc',
    example: 'desc',
  })
  @IsOptional()
  @IsIn(['desc', 'asc'])
  order?: 'desc' | 'asc';

  @ApiProperty({
    required: false,
    description: 'Only what was created at this time or later (RFC 3339)',
    format: 'date-time',
    example: '2026-11-23T18:00:00.000Z',
  })
  @IsOptional()
  @Follows(rfc3339)
  after?: string;

  @ApiProperty({
    required: false,
    description: 'Only what was created before this time (RFC 3339)',
    format: 'date-time',
    example: '2026-11-24T00:00:00.000Z',
  })
  @IsOptional()
  @Follows(rfc3339)
  before?: string;

  @ApiProperty({
    required: false,
    description: '`nextCursor` of the page before, with the same filters',
    example: 'ATq2kgWv0c5O1mHtVbMZr0DCgAAAcACAAAAAAAAAAE',
  })
  @IsOptional()
  @IsString()
  @AnyJson()
  cursor?: string;
}

export { USUAL_PAGE };
