import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeId, KIB, MIB } from '#core';
import { PublishEvents } from '#delivery';
import type { PublishedEvent } from '#delivery';
import { Allow, BodyLimit } from '#http-kit';
import { PUBLISHERS } from '../auth/roles.js';
import { readIdempotencyKey } from '../idempotency/idempotency-key.js';
import { REPLAYED_HEADER } from '../idempotency/idempotency.interceptor.js';
import { PublishOperation } from '../openapi/operation.decorator.js';
import { NewBatchDto, NewEventDto, PublishedBatchDto, PublishedEventDto } from './dto/publish.dto.js';
import { BATCH_EXAMPLES, EVENT_EXAMPLES } from './publish-examples.js';
import { readBatch, readEvent } from './read-publish.js';

/** A payload of 256 KiB and room for what is around it. */
const LARGEST_EVENT = 300 * KIB;
const LARGEST_BATCH = 8 * MIB;

const PROBLEMS = [
  'validation_failed',
  'recipient_required',
  'subscriber_not_found',
  'subscriber_reserved',
  'unknown_event_type',
  'event_type_reserved',
  'payload_too_large',
  'payload_too_deep',
  'broadcast_too_wide',
  'overloaded',
] as const;

/** The way in of every event. Kept lean: no DTO is built of a payload, no interceptor runs. */
@ApiTags('events')
@Controller('v1/events')
export class PublishController {
  constructor(private readonly publishEvents: PublishEvents) {}

  @Post()
  @Allow(...PUBLISHERS)
  @BodyLimit(LARGEST_EVENT)
  @ApiBody({ type: NewEventDto, examples: EVENT_EXAMPLES })
  @PublishOperation({
    id: 'publishEvent',
    summary: 'Publish an event',
    description: 'Answered when the event and its deliveries are committed.',
    status: 202,
    answer: PublishedEventDto,
    problems: PROBLEMS,
  })
  async publish(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublishedEventDto> {
    const event = readEvent(request.rawBody, request.body, readIdempotencyKey(request.headers));
    const [published] = await this.publishEvents.publish(request.caller.tenantId, [event]);
    if (published === undefined) throw new Error('publishing answered nothing');
    if (published.replayed) void reply.header(REPLAYED_HEADER, 'true');
    return toPublished(published);
  }

  @Post('batch')
  @Allow(...PUBLISHERS)
  @BodyLimit(LARGEST_BATCH)
  @ApiBody({ type: NewBatchDto, examples: BATCH_EXAMPLES })
  @PublishOperation({
    id: 'publishBatch',
    summary: 'Publish up to 1,000 events, all or none',
    description:
      'Events may carry an idempotencyKey each, or the request an Idempotency-Key: then each event is remembered under that key and its place, as `key·0`, `key·1` …',
    status: 202,
    answer: PublishedBatchDto,
    problems: [...PROBLEMS, 'idempotency_key_conflict'],
  })
  async publishBatch(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublishedBatchDto> {
    const events = readBatch(request.rawBody, request.body, readIdempotencyKey(request.headers));
    const published = await this.publishEvents.publish(request.caller.tenantId, events);
    if (published.every((event) => event.replayed)) void reply.header(REPLAYED_HEADER, 'true');
    return { data: published.map(toPublished) };
  }
}

function toPublished({ id, deliveries }: PublishedEvent): PublishedEventDto {
  return { id: encodeId('event', id), deliveries };
}
