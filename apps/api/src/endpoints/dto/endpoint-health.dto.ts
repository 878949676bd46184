import { ApiProperty } from '@nestjs/swagger';
import { capBelowArrivalRate, drainSeconds, encodeId } from '#core';
import type { LaneState, LaneStateName } from '#core';
import { formatRfc3339 } from '#http-kit';
import type { Backlog, EndpointEntity } from '#persistence';
import type { LaneView } from '../lane-view.js';

export class EndpointFlowDto {
  @ApiProperty({
    description:
      '`idle` nothing to do, `sending`, `slowed` with fewer at once after losses, `waiting` for a time, `open` sends nothing because all failed, ' +
      '`probing` tries one request, `stopped` paused or disabled',
    enum: ['idle', 'sending', 'slowed', 'waiting', 'open', 'probing', 'stopped'],
    example: 'waiting',
  })
  state!: LaneStateName;

  @ApiProperty({
    description:
      'Why. waiting: retry_after, order (the first in line waits for its retry), rate_limit; open and probing: failing, rejecting (no success at all); ' +
      "slowed: losses, throttled; stopped: the endpoint's stateReason",
    type: String,
    nullable: true,
    example: 'retry_after',
  })
  reason!: string | null;

  @ApiProperty({
    description: 'Since when (RFC 3339, UTC); null when that is not known',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:53:00.123Z',
  })
  since!: string | null;

  @ApiProperty({
    description: 'Nothing is sent before then (RFC 3339, UTC); null when no time ends it',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:53:30.123Z',
  })
  until!: string | null;
}

export class EndpointHealthDto {
  @ApiProperty({ description: 'Whose health it is', example: 'ep_01kavs0g3he0k8b5xhgm3nq4t2' })
  endpointId!: string;

  @ApiProperty({
    description: 'What it is doing now',
    type: EndpointFlowDto,
    example: {
      state: 'waiting',
      reason: 'retry_after',
      since: '2026-11-23T18:53:00.123Z',
      until: '2026-11-23T18:53:30.123Z',
    },
  })
  flow!: EndpointFlowDto;

  @ApiProperty({ description: 'Most requests it may have in flight now', type: 'integer', example: 1 })
  window!: number;

  @ApiProperty({ description: 'Most it may ever have: the setting', type: 'integer', example: 10 })
  concurrency!: number;

  @ApiProperty({ description: 'Requests in flight, as last written down', type: 'integer', example: 0 })
  inFlight!: number;

  @ApiProperty({
    description: 'Pending deliveries, retries included; 1000000 reads "at least so many", and all else looks at these',
    type: 'integer',
    example: 1204,
  })
  backlog!: number;

  @ApiProperty({
    description: 'Since when the oldest delivery that could be sent waits (RFC 3339, UTC); null when none is due',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:43:00.123Z',
  })
  oldestDueAt!: string | null;

  @ApiProperty({
    description:
      'Of a `fifo` endpoint: the delivery all others wait for, because it failed and is tried again; cancel it to skip it',
    type: String,
    nullable: true,
    example: null,
  })
  blockedBy!: string | null;

  @ApiProperty({
    description:
      'Deliveries that publishing made for it, a second, over the last minute. From 10,000 in that time on: the rate of the newest 10,000',
    example: 12.5,
  })
  arrivalPerSecond!: number;

  @ApiProperty({
    description: 'Deliveries that came to an end, a second, over the last minute: delivered or dead, not retried',
    example: 0,
  })
  drainPerSecond!: number;

  @ApiProperty({
    description:
      'Seconds until the backlog is gone at these two rates; null when it does not shrink, or the endpoint is stopped',
    type: 'integer',
    nullable: true,
    example: null,
  })
  drainSeconds!: number | null;

  @ApiProperty({
    description:
      'True: `concurrency` or `rateLimit` is used up, deliveries wait behind it, and more arrive than come to an end. Raising it would help',
    example: false,
  })
  capBelowArrivalRate!: boolean;

  @ApiProperty({
    description:
      'Pending deliveries that give up before their turn if nothing changes. A turn is the later of the time the delivery is scheduled for and the end of ' +
      'the present wait plus its place in the line divided by `drainPerSecond`; with that at 0 only the wait counts. All of them while the endpoint is stopped',
    type: 'integer',
    example: 0,
  })
  willExpire!: number;

  @ApiProperty({
    description: 'When it last accepted a delivery (RFC 3339, UTC)',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:52:00.123Z',
  })
  lastSuccessAt!: string | null;

  @ApiProperty({
    description: 'The first failure since then (RFC 3339, UTC); being throttled is none',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  failingSince!: string | null;

  @ApiProperty({
    description:
      'From then on the next failure disables it (RFC 3339, UTC); null while it has failed too little, and while it is paused or disabled',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  disablesAt!: string | null;
}

/** What an endpoint's health is told from. Milliseconds. */
export interface HealthParts {
  endpoint: EndpointEntity;
  view: LaneView;
  backlog: Backlog;
  state: LaneState;
  arrivalPerSecond: number;
  blockedBy: string | null;
  disablesAt: number | null;
}

export function toEndpointHealth(parts: HealthParts): EndpointHealthDto {
  const { endpoint, view, backlog, state, arrivalPerSecond, blockedBy } = parts;
  const { drainPerSecond, failures } = view;
  const traffic = { lane: state, backlog: backlog.pending, arrivalPerSecond, drainPerSecond };
  return {
    endpointId: encodeId('endpoint', endpoint.id),
    flow: { state: state.state, reason: state.reason, since: timeOrNull(state.since), until: timeOrNull(state.until) },
    window: view.window,
    concurrency: endpoint.concurrency,
    inFlight: view.inFlight,
    backlog: backlog.pending,
    oldestDueAt: timeOrNull(backlog.oldestDueAt),
    blockedBy: blockedBy === null ? null : encodeId('delivery', blockedBy),
    arrivalPerSecond: rounded(arrivalPerSecond),
    drainPerSecond: rounded(drainPerSecond),
    drainSeconds: drainSeconds(traffic),
    capBelowArrivalRate: capBelowArrivalRate(traffic, {
      ...view,
      due: backlog.due,
      ratePerSecond: endpoint.ratePerSecond,
    }),
    willExpire: backlog.willExpire,
    lastSuccessAt: timeOrNull(failures?.lastSuccessAt ?? null),
    failingSince: timeOrNull(failures?.firstFailureAt ?? null),
    disablesAt: timeOrNull(parts.disablesAt),
  };
}

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : formatRfc3339(ms));

/** A thousandth a second is 3.6 an hour: finer than anything measured over a minute. */
const rounded = (rate: number): number => Math.round(rate * 1000) / 1000;
