import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { ListQuery } from '#http-kit';

export class ListEventsQuery extends ListQuery {
  @ApiProperty({
    required: false,
    description: "Only events addressed to this subscriber: our id or the tenant's uid",
    example: 'acme',
  })
  @IsOptional()
  @IsString()
  subscriber?: string;

  @ApiProperty({
    required: false,
    description: 'Only events of exactly this type',
    maxLength: 256,
    example: 'order.placed',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  type?: string;

  @ApiProperty({
    required: false,
    description: 'Only the event that was published with this key',
    maxLength: 300,
    example: 'order-12345',
  })
  @IsOptional()
  @IsString()
  @MaxLength(300)
  idempotencyKey?: string;
}
