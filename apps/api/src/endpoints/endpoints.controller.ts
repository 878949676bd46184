import { Body, Controller, Delete, Get, Param, Patch, Query, UseGuards } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, PageOf } from '#http-kit';
import type { FieldError } from '#core';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { MANAGERS, READERS } from '../auth/roles.js';
import { ChangeOperation, Operation } from '../openapi/operation.decorator.js';
import { PatchEndpointDto } from './dto/endpoint-fields.dto.js';
import { EndpointDto } from './dto/endpoint.dto.js';
import { ListEndpointsQuery } from './dto/list-endpoints.query.js';
import { JudgeUrl, UrlRefusal } from './judge-url.guard.js';
import { EndpointsService } from './endpoints.service.js';

export const ENDPOINT = { name: 'id', description: "The endpoint's id", example: 'ep_01kavs0g3he0k8b5xhgm3nq4t2' };

@ApiTags('endpoints')
@Controller('v1/endpoints')
export class EndpointsController {
  constructor(private readonly endpoints: EndpointsService) {}

  @Get()
  @Allow(...READERS)
  @Operation({
    id: 'listEndpoints',
    summary: 'List endpoints',
    answer: PageOf(EndpointDto),
    problems: ['validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListEndpointsQuery): Promise<AnsweredPage<EndpointDto>> {
    return this.endpoints.list(caller, query);
  }

  @Get(':id')
  @Allow(...READERS)
  @ApiParam(ENDPOINT)
  @Operation({ id: 'getEndpoint', summary: 'Read an endpoint', answer: EndpointDto, problems: ['not_found'] })
  get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<EndpointDto> {
    return this.endpoints.get(caller, id);
  }

  @Patch(':id')
  @UseGuards(JudgeUrl)
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @ChangeOperation({
    id: 'patchEndpoint',
    summary: 'Change an endpoint (merge patch)',
    description:
      'Holds for every attempt that starts more than a second after the answer; pending deliveries go to the new URL.',
    answer: EndpointDto,
    problems: ['not_found', 'validation_failed'],
  })
  patch(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: PatchEndpointDto,
    @UrlRefusal() urlRefusal: FieldError | null,
  ): Promise<EndpointDto> {
    return this.endpoints.patch(caller, id, Object.assign(body, { urlRefusal }));
  }

  @Delete(':id')
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @ChangeOperation({
    id: 'deleteEndpoint',
    summary: 'Delete an endpoint; what is pending is cancelled',
    status: 204,
    problems: ['not_found'],
  })
  delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.endpoints.delete(caller, id);
  }
}
