import { ApiProperty } from '@nestjs/swagger';
import { encodeId, uuidTime } from '#core';
import type { IdKind } from '#core';
import { lastAttemptOf } from '#delivery';
import { formatRfc3339 } from '#http-kit';
import type { ListedAttempt, ListedDelivery } from '#persistence';
import { LastAttemptDto } from './attempt.dto.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'dead', 'cancelled'] as const;
export const DELIVERY_REASONS = [
  'expired',
  'gone',
  'payload_too_large',
  'payload_expired',
  'config_error',
  'cancelled',
  'endpoint_deleted',
  'purged',
  'test_failed',
] as const;

export class DeliveryDto {
  @ApiProperty({ description: 'Our id', example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({ description: 'The event on its way', example: 'evt_01kavs0g3he0k8b5xhgm3nq4t2' })
  eventId!: string;

  @ApiProperty({
    description: "The event's type; null when the event is past its retention",
    type: String,
    nullable: true,
    example: 'order.placed',
  })
  eventType!: string | null;

  @ApiProperty({ description: 'Whose endpoint it goes to', example: 'sub_01kavs0g3he0k8b5xhgm3nq4t2' })
  subscriberId!: string;

  @ApiProperty({ description: 'The endpoint it goes to', example: 'ep_01kavs0g3he0k8b5xhgm3nq4t2' })
  endpointId!: string;

  @ApiProperty({ description: 'Where it is', enum: DELIVERY_STATES, example: 'pending' })
  state!: ListedDelivery['state'];

  @ApiProperty({
    description: 'Why it is dead or cancelled',
    type: String,
    enum: DELIVERY_REASONS,
    nullable: true,
    example: null,
  })
  reason!: string | null;

  @ApiProperty({ description: 'What made it', enum: ['initial', 'resend', 'replay', 'test'], example: 'initial' })
  trigger!: ListedDelivery['trigger'];

  @ApiProperty({ description: 'Attempts so far', type: 'integer', example: 3 })
  attempts!: number;

  @ApiProperty({
    description: 'When it was made (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'When it is tried next, pauses aside (RFC 3339, UTC); null once it is settled',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-11-23T18:53:15.123Z',
  })
  nextAttemptAt!: string | null;

  @ApiProperty({
    description:
      'What holds it back now. `order`: one before it at a `fifo` endpoint is not settled yet; the first in line is held by nothing, its `nextAttemptAt` says when its retry is due',
    type: String,
    enum: ['retry_after', 'breaker', 'paused', 'disabled', 'order'],
    nullable: true,
    example: null,
  })
  heldBy!: string | null;

  @ApiProperty({
    description: 'When it gives up (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-26T18:53:00.123Z',
  })
  expiresAt!: string;

  @ApiProperty({
    description: 'When it was settled (RFC 3339, UTC)',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  settledAt!: string | null;

  @ApiProperty({
    description: 'The settled delivery that this one repeats',
    type: String,
    nullable: true,
    example: null,
  })
  replayOf!: string | null;

  @ApiProperty({ description: 'The delivery that repeats this one', type: String, nullable: true, example: null })
  replayedBy!: string | null;

  @ApiProperty({ description: 'The replay that made it', type: String, nullable: true, example: null })
  replayId!: string | null;

  @ApiProperty({
    description: 'The newest attempt, without its request',
    type: LastAttemptDto,
    nullable: true,
    example: null,
  })
  lastAttempt!: LastAttemptDto | null;
}

export class ResentDto {
  @ApiProperty({
    description: 'The delivery that will be attempted: a new one, or the pending one itself',
    example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  deliveryId!: string;

  @ApiProperty({
    description: 'The settled delivery it repeats; null when it was still pending',
    type: String,
    nullable: true,
    example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  replayOf!: string | null;
}

export function toDelivery(row: ListedDelivery, last: ListedAttempt | undefined, nowMs: number): DeliveryDto {
  const pending = row.state === 'pending';
  return {
    id: encodeId('delivery', row.id),
    eventId: encodeId('event', row.eventId),
    eventType: row.eventType,
    subscriberId: encodeId('subscriber', row.subscriberId),
    endpointId: encodeId('endpoint', row.endpointId),
    state: row.state,
    reason: row.reason,
    trigger: row.trigger,
    attempts: row.attempts,
    createdAt: formatRfc3339(uuidTime(row.id)),
    nextAttemptAt: pending ? formatRfc3339(nextAttemptAt(row, nowMs)) : null,
    heldBy: pending ? heldBy(row, nowMs) : null,
    expiresAt: formatRfc3339(row.deadline),
    settledAt: row.settledAt === null ? null : formatRfc3339(row.settledAt),
    replayOf: optionalId('delivery', row.replayOf),
    replayedBy: optionalId('delivery', row.replayedBy),
    replayId: optionalId('replay', row.replayId),
    lastAttempt: last === undefined ? null : lastAttemptOf(last, row.replayId),
  };
}

/** What stops the whole lane comes before what stops this delivery alone. A lane that waits for its head holds back those behind it only. */
function heldBy(row: ListedDelivery, nowMs: number): string | null {
  if (row.endpointState !== 'active') return row.endpointState;
  const pause = isPaused(row, nowMs) ? row.pauseReason : null;
  if (pause !== null && pause !== 'order') return pause;
  if (row.breakerOpen) return 'breaker';
  return row.behindOther ? 'order' : null;
}

/** The head of an ordered lane keeps its place while it waits for its retry: the lane knows when that is, not the delivery. */
function nextAttemptAt(row: ListedDelivery, nowMs: number): Date {
  const waitsAsHead = row.pauseReason === 'order' && !row.behindOther && isPaused(row, nowMs);
  return waitsAsHead && row.pausedUntil !== null ? row.pausedUntil : row.nextAt;
}

function isPaused(row: ListedDelivery, nowMs: number): boolean {
  return row.pausedUntil !== null && row.pausedUntil.getTime() > nowMs;
}

export function optionalId(kind: IdKind, uuid: string | null): string | null {
  return uuid === null ? null : encodeId(kind, uuid);
}
