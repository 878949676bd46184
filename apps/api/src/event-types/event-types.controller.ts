import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { READERS, TENANT } from '../auth/roles.js';
import { ChangeOperation, Operation, PostOperation } from '../openapi/operation.decorator.js';
import { CreateEventTypeDto, EventTypeDto, PutEventTypeDto } from './dto/event-type.dto.js';
import { EventTypesService } from './event-types.service.js';

const NAME = { name: 'name', description: 'The event type', example: 'order.placed' };

@ApiTags('event types')
@Controller('v1/event-types')
export class EventTypesController {
  constructor(private readonly types: EventTypesService) {}

  @Post()
  @Allow(...TENANT)
  @PostOperation({
    id: 'createEventType',
    summary: 'Add a type to the catalogue',
    status: 201,
    answer: EventTypeDto,
    problems: ['event_type_reserved', 'uid_taken', 'validation_failed'],
  })
  create(@CurrentCaller() caller: Caller, @Body() body: CreateEventTypeDto): Promise<EventTypeDto> {
    return this.types.create(caller, body);
  }

  @Get()
  @Allow(...READERS)
  @Operation({
    id: 'listEventTypes',
    summary: 'List the catalogue, by name',
    answer: PageOf(EventTypeDto),
    problems: ['validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<AnsweredPage<EventTypeDto>> {
    return this.types.list(caller, query);
  }

  @Get(':name')
  @Allow(...READERS)
  @ApiParam(NAME)
  @Operation({
    id: 'getEventType',
    summary: 'Read a type of the catalogue',
    answer: EventTypeDto,
    problems: ['not_found'],
  })
  get(@CurrentCaller() caller: Caller, @Param('name') name: string): Promise<EventTypeDto> {
    return this.types.get(caller, name);
  }

  @Put(':name')
  @Allow(...TENANT)
  @ApiParam(NAME)
  @ApiResponse({ status: 201, description: 'It was created', type: EventTypeDto })
  @ChangeOperation({
    id: 'putEventType',
    summary: 'Create or replace a type of the catalogue',
    answer: EventTypeDto,
    problems: ['event_type_reserved', 'validation_failed'],
  })
  async put(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body() body: PutEventTypeDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventTypeDto> {
    const { type, created } = await this.types.put(caller, name, body);
    if (created) void reply.code(201);
    return type;
  }

  @Delete(':name')
  @Allow(...TENANT)
  @ApiParam(NAME)
  @ChangeOperation({
    id: 'deleteEventType',
    summary: 'Remove a type from the catalogue; its events stay',
    status: 204,
    problems: ['not_found'],
  })
  delete(@CurrentCaller() caller: Caller, @Param('name') name: string): Promise<void> {
    return this.types.delete(caller, name);
  }
}
