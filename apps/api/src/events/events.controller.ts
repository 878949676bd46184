import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { EVERY_KEY, READERS } from '../auth/roles.js';
import { Operation } from '../openapi/operation.decorator.js';
import { EventDto, ListedEventDto } from './dto/event.dto.js';
import { ListEventsQuery } from './dto/list-events.query.js';
import { EventsService } from './events.service.js';

@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @Allow(...READERS)
  @Operation({
    id: 'listEvents',
    summary: 'List events, without their payloads',
    answer: PageOf(ListedEventDto),
    problems: ['validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListEventsQuery): Promise<AnsweredPage<ListedEventDto>> {
    return this.events.list(caller, query);
  }

  @Get(':id')
  @Allow(...EVERY_KEY)
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiParam({ name: 'id', description: "The event's id", example: 'evt_01kavs0g3he0k8b5xhgm3nq4t2' })
  @Operation({
    id: 'getEvent',
    summary: 'Read an event with its payload, byte for byte',
    answer: EventDto,
    problems: ['not_found', 'payload_expired'],
  })
  get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<Buffer> {
    return this.events.get(caller, id);
  }
}
