import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { AnyJson, Follows } from '#http-kit';
import { ANY_JSON } from '../../openapi/any-json.js';
import { eventTypeName } from '../../rules/event-filters.js';

export const USUAL_TEST_TYPE = 'test';

export class TestEndpointDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: 'Event type of the test',
    default: USUAL_TEST_TYPE,
    example: 'order.placed',
  })
  @IsOptional()
  @Follows(eventTypeName)
  type?: string | null;

  @ApiProperty({
    ...ANY_JSON,
    required: false,
    description: 'Any JSON value, sent byte for byte',
    default: {},
    example: { orderId: 12345 },
  })
  @AnyJson()
  data?: unknown;
}

export class StartedTestDto {
  @ApiProperty({ description: 'The delivery that tests the endpoint', example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2' })
  deliveryId!: string;
}
