import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { TENANT } from '../auth/roles.js';
import { ChangeOperation, Operation, PostOperation } from '../openapi/operation.decorator.js';
import { CreateSubscriberDto, PatchSubscriberDto, PutSubscriberDto } from './dto/subscriber-fields.dto.js';
import { SubscriberDto } from './dto/subscriber.dto.js';
import { SubscribersService } from './subscribers.service.js';

const SUBSCRIBER = { name: 'subscriber', description: "Our id or the tenant's uid", example: 'acme' };

@ApiTags('subscribers')
@Controller('v1/subscribers')
export class SubscribersController {
  constructor(private readonly subscribers: SubscribersService) {}

  @Post()
  @Allow(...TENANT)
  @PostOperation({
    id: 'createSubscriber',
    summary: 'Create a subscriber',
    status: 201,
    answer: SubscriberDto,
    problems: ['validation_failed', 'uid_taken'],
  })
  create(@CurrentCaller() caller: Caller, @Body() body: CreateSubscriberDto): Promise<SubscriberDto> {
    return this.subscribers.create(caller, body);
  }

  @Get()
  @Allow(...TENANT)
  @Operation({
    id: 'listSubscribers',
    summary: 'List subscribers',
    answer: PageOf(SubscriberDto),
    problems: ['validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<AnsweredPage<SubscriberDto>> {
    return this.subscribers.list(caller, query);
  }

  @Get(':subscriber')
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @Operation({ id: 'getSubscriber', summary: 'Read a subscriber', answer: SubscriberDto, problems: ['not_found'] })
  get(@CurrentCaller() caller: Caller, @Param('subscriber') idOrUid: string): Promise<SubscriberDto> {
    return this.subscribers.get(caller, idOrUid);
  }

  @Patch(':subscriber')
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @ChangeOperation({
    id: 'patchSubscriber',
    summary: 'Change a subscriber (merge patch)',
    answer: SubscriberDto,
    problems: ['not_found', 'uid_taken', 'validation_failed'],
  })
  patch(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') idOrUid: string,
    @Body() body: PatchSubscriberDto,
  ): Promise<SubscriberDto> {
    return this.subscribers.patch(caller, idOrUid, body);
  }

  @Put(':subscriber')
  @Allow(...TENANT)
  @ApiParam({ ...SUBSCRIBER, description: "The tenant's uid; an id replaces only" })
  @ApiResponse({ status: 201, description: 'It was created', type: SubscriberDto })
  @ChangeOperation({
    id: 'putSubscriber',
    summary: 'Create or replace a subscriber',
    answer: SubscriberDto,
    problems: ['not_found', 'validation_failed'],
  })
  async put(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') idOrUid: string,
    @Body() body: PutSubscriberDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriberDto> {
    const { subscriber, created } = await this.subscribers.put(caller, idOrUid, body);
    if (created) void reply.code(201);
    return subscriber;
  }

  @Delete(':subscriber')
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @ChangeOperation({
    id: 'deleteSubscriber',
    summary: 'Delete a subscriber with its endpoints and tokens',
    status: 204,
    problems: ['not_found'],
  })
  delete(@CurrentCaller() caller: Caller, @Param('subscriber') idOrUid: string): Promise<void> {
    return this.subscribers.delete(caller, idOrUid);
  }
}
