import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { ListQuery } from '#http-kit';

export class ListEndpointsQuery extends ListQuery {
  @ApiProperty({ required: false, description: "Only this subscriber's: our id or the tenant's uid", example: 'acme' })
  @IsOptional()
  @IsString()
  subscriber?: string;

  @ApiProperty({
    required: false,
    description: 'Only endpoints in this state',
    enum: ['active', 'paused', 'disabled'],
    example: 'active',
  })
  @IsOptional()
  @IsIn(['active', 'paused', 'disabled'])
  state?: 'active' | 'paused' | 'disabled';
}
