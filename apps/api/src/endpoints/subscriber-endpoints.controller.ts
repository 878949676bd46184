import { Body, Controller, Get, Param, Post, Put, Query, Res, UseGuards } from '@nestjs/common';
import { ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { FieldError } from '#core';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { MANAGERS, READERS } from '../auth/roles.js';
import { ChangeOperation, Operation, PostOperation } from '../openapi/operation.decorator.js';
import { CreateEndpointDto, PutEndpointDto } from './dto/endpoint-fields.dto.js';
import { CreatedEndpointDto, EndpointDto } from './dto/endpoint.dto.js';
import { JudgeUrl, UrlRefusal } from './judge-url.guard.js';
import { EndpointsService } from './endpoints.service.js';

const SUBSCRIBER = { name: 'subscriber', description: "Our id or the tenant's uid", example: 'acme' };

@ApiTags('endpoints')
@Controller('v1/subscribers/:subscriber/endpoints')
export class SubscriberEndpointsController {
  constructor(private readonly endpoints: EndpointsService) {}

  @Post()
  @UseGuards(JudgeUrl)
  @Allow(...MANAGERS)
  @ApiParam(SUBSCRIBER)
  @PostOperation({
    id: 'createEndpoint',
    summary: 'Create an endpoint',
    description: 'The answer carries the signing secret, this once.',
    status: 201,
    answer: CreatedEndpointDto,
    problems: ['not_found', 'uid_taken', 'validation_failed'],
  })
  create(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Body() body: CreateEndpointDto,
    @UrlRefusal() urlRefusal: FieldError | null,
  ): Promise<CreatedEndpointDto> {
    return this.endpoints.create(caller, subscriber, Object.assign(body, { urlRefusal }));
  }

  @Get()
  @Allow(...READERS)
  @ApiParam(SUBSCRIBER)
  @Operation({
    id: 'listEndpointsOfSubscriber',
    summary: "List a subscriber's endpoints",
    answer: PageOf(EndpointDto),
    problems: ['not_found', 'validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Query() query: ListQuery,
  ): Promise<AnsweredPage<EndpointDto>> {
    return this.endpoints.listOfSubscriber(caller, subscriber, query);
  }

  @Put(':uid')
  @UseGuards(JudgeUrl)
  @Allow(...MANAGERS)
  @ApiParam(SUBSCRIBER)
  @ApiParam({ name: 'uid', description: "The tenant's own name for the endpoint", example: 'orders' })
  @ApiResponse({
    status: 201,
    description: 'It was created; the answer carries the secret, this once',
    type: CreatedEndpointDto,
  })
  @ChangeOperation({
    id: 'putEndpoint',
    summary: 'Create or replace an endpoint',
    answer: EndpointDto,
    problems: ['not_found', 'validation_failed'],
  })
  async put(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Param('uid') uid: string,
    @Body() body: PutEndpointDto,
    @UrlRefusal() urlRefusal: FieldError | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndpointDto> {
    const { endpoint, created } = await this.endpoints.put(
      caller,
      subscriber,
      uid,
      Object.assign(body, { urlRefusal }),
    );
    if (created) void reply.code(201);
    return endpoint;
  }
}
