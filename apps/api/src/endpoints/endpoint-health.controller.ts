import { Controller, Get, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { READERS } from '../auth/roles.js';
import { Operation } from '../openapi/operation.decorator.js';
import { EndpointHealthDto } from './dto/endpoint-health.dto.js';
import { EndpointHealthService } from './endpoint-health.service.js';
import { ENDPOINT } from './endpoints.controller.js';

@ApiTags('endpoints')
@Controller('v1/endpoints/:id')
export class EndpointHealthController {
  constructor(private readonly health: EndpointHealthService) {}

  @Get('health')
  @Allow(...READERS)
  @ApiParam(ENDPOINT)
  @Operation({
    id: 'getEndpointHealth',
    summary: 'How an endpoint is doing: what it is sent now, what waits, and whether it keeps up',
    description:
      'Computed when asked, from what is stored; a dispatcher that sends writes down what it does every few seconds. Test deliveries count for nothing here.',
    answer: EndpointHealthDto,
    problems: ['not_found'],
  })
  get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<EndpointHealthDto> {
    return this.health.get(caller, id);
  }
}
