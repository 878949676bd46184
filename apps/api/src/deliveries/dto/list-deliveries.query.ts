import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { decodeId } from '#core';
import type { IdKind } from '#core';
import { Follows, ListQuery } from '#http-kit';
import type { Report } from '#http-kit';
import { DELIVERY_REASONS, DELIVERY_STATES } from './delivery.dto.js';

function idOf(kind: IdKind): (value: unknown, report: Report) => void {
  return (value, report) => {
    if (typeof value !== 'string' || decodeId(kind, value) === null)
      report('', 'invalid_value', `must be the id of one ${kind}`);
  };
}

export class ListDeliveriesQuery extends ListQuery {
  @ApiProperty({
    required: false,
    description: 'Only those of this endpoint',
    example: 'ep_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  @IsOptional()
  @Follows(idOf('endpoint'))
  endpoint?: string;

  @ApiProperty({
    required: false,
    description: 'Only those of this event, replays too',
    example: 'evt_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  @IsOptional()
  @Follows(idOf('event'))
  event?: string;

  @ApiProperty({
    required: false,
    description: "Only those to this subscriber's endpoints: our id or the tenant's uid",
    example: 'acme',
  })
  @IsOptional()
  @IsString()
  subscriber?: string;

  @ApiProperty({ required: false, description: 'Only those in this state', enum: DELIVERY_STATES, example: 'dead' })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: string;

  @ApiProperty({
    required: false,
    description: 'Only those dead or cancelled for this reason',
    enum: DELIVERY_REASONS,
    example: 'expired',
  })
  @IsOptional()
  @IsIn(DELIVERY_REASONS)
  reason?: string;

  @ApiProperty({
    required: false,
    description: 'Only those of events of exactly this type',
    maxLength: 256,
    example: 'order.placed',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  type?: string;

  @ApiProperty({
    required: false,
    description: 'Only those that this replay made',
    example: 'rpl_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  @IsOptional()
  @Follows(idOf('replay'))
  replay?: string;
}
