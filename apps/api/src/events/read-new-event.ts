import { decodeId, isEventType, isIdLike, isReservedType } from '#core';
import type { FieldError } from '#core';
import type { NewEvent } from '#delivery';
import { escapePointer, memberSlices, parseRfc3339 } from '#http-kit';
import type { Slice } from '#http-kit';
import { isIdempotencyKey } from '../idempotency/idempotency-key.js';
import { isUid } from '../rules/uid.js';
import { isReservedSubscriber } from '../subscribers/reserved-subscriber.js';
import { payloadProblem } from './event-payload.js';

const FIELDS = new Set(['subscriber', 'broadcast', 'type', 'timestamp', 'data', 'body']);

export interface EventSource {
  /** The whole request body. */
  body: Buffer;
  /** The event in it … */
  slice: Slice;
  /** … and as it was parsed. */
  parsed: unknown;
  /** '' for a single event, '/events/17' in a batch. */
  pointer: string;
  /** From the header, or from the batch; null = none. */
  idempotencyKey: string | null;
  /** Whether the event may carry a key itself. */
  ownKey: boolean;
}

/**
 * One event of a request; `errors` gets everything that is wrong with it, and then the answer is null. By hand and without class-validator:
 * this is the hot path. The payload is the bytes as they came, cut out by offsets.
 */
export function readNewEvent(source: EventSource, errors: FieldError[]): NewEvent | null {
  const { parsed, pointer } = source;
  const members = memberSlices(source.body, source.slice);
  if (members === null) {
    errors.push({ pointer, code: 'invalid_type', detail: 'must be an object' });
    return null;
  }
  const event = parsed as Record<string, unknown>;
  const found: FieldError[] = [];
  const report: Reporter = (field, code, detail) => found.push({ pointer: `${pointer}/${field}`, code, detail });
  refuseUnknown(members, source.ownKey, report);
  const recipient = readRecipient(event, report);
  const type = readType(event.type, report);
  const timestamp = readTimestamp(event.timestamp, report);
  const payload = readPayload(source, members, found, report);
  const idempotencyKey = source.ownKey
    ? readOwnKey(event.idempotencyKey, source.idempotencyKey, report)
    : source.idempotencyKey;
  errors.push(...found);
  if (found.length > 0 || recipient === null || type === null || payload === null) return null;
  return { recipient, type, timestamp, ...payload, idempotencyKey, pointer };
}

type Reporter = (field: string, code: string, detail: string) => void;

function refuseUnknown(members: Map<string, Slice>, ownKey: boolean, report: Reporter): void {
  for (const name of members.keys()) {
    if (FIELDS.has(name) || (ownKey && name === 'idempotencyKey')) continue;
    const detail =
      name === 'idempotencyKey'
        ? 'a single event takes its key from the header Idempotency-Key'
        : 'is not a field of an event';
    report(escapePointer(name), 'unknown_field', detail);
  }
}

/** Exactly one recipient, said out loud: a dropped `undefined` must not turn one customer's data into a broadcast. */
function readRecipient(
  { subscriber, broadcast }: Record<string, unknown>,
  report: Reporter,
): NewEvent['recipient'] | null {
  if (isGiven(broadcast) && typeof broadcast !== 'boolean')
    report('broadcast', 'invalid_type', 'must be true or false');
  if (isGiven(subscriber) && broadcast === true)
    report('subscriber', 'recipient_required', 'give either subscriber or broadcast, not both');
  else if (isGiven(subscriber)) return readSubscriber(subscriber, report);
  else if (broadcast === true) return { kind: 'broadcast' };
  else report('subscriber', 'recipient_required', 'name a subscriber, or say "broadcast": true');
  return null;
}

function readSubscriber(subscriber: unknown, report: Reporter): NewEvent['recipient'] | null {
  if (typeof subscriber !== 'string') {
    report('subscriber', 'invalid_type', 'must be the id or uid of a subscriber');
    return null;
  }
  if (isReservedSubscriber(subscriber))
    report('subscriber', 'subscriber_reserved', 'receives the notices of the platform only');
  else if (isIdLike(subscriber) ? decodeId('subscriber', subscriber) === null : !isUid(subscriber)) {
    report('subscriber', 'subscriber_not_found', 'no subscriber has this id or uid');
  }
  return { kind: 'subscriber', idOrUid: subscriber };
}

/** Null is what many a serialiser makes of a missing value. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function readType(type: unknown, report: Reporter): string | null {
  if (type === undefined) report('type', 'required', 'is required');
  else if (typeof type !== 'string') report('type', 'invalid_type', 'must be a string');
  else if (!isEventType(type)) {
    report(
      'type',
      'event_type_invalid',
      '1 to 10 segments of only letters, digits, _ and - between dots, at most 256 characters',
    );
  } else if (isReservedType(type)) report('type', 'event_type_reserved', 'types under posthorn. are reserved');
  else return type;
  return null;
}

function readTimestamp(timestamp: unknown, report: Reporter): number | null {
  if (!isGiven(timestamp)) return null;
  const ms = typeof timestamp === 'string' ? parseRfc3339(timestamp) : null;
  if (ms === null)
    report('timestamp', 'invalid_value', 'must be an RFC 3339 time, for example 2026-11-23T18:53:00.123Z');
  return ms;
}

function readPayload(
  { body, pointer }: EventSource,
  members: Map<string, Slice>,
  errors: FieldError[],
  report: Reporter,
): Pick<NewEvent, 'payload' | 'payloadKind'> | null {
  const [data, raw] = [members.get('data'), members.get('body')];
  if (data !== undefined && raw !== undefined) report('body', 'invalid_value', 'give either data or body, not both');
  const slice = data ?? raw;
  if (slice === undefined) {
    report('data', 'required', 'give data, or body to send without the envelope');
    return null;
  }
  const payloadKind = data === undefined ? 'body' : 'data';
  const problem = payloadProblem(body, slice, `${pointer}/${payloadKind}`);
  if (problem !== null) errors.push(problem);
  return { payload: body.subarray(slice.start, slice.end), payloadKind };
}

function readOwnKey(own: unknown, fromHeader: string | null, report: Reporter): string | null {
  if (!isGiven(own)) return fromHeader;
  if (fromHeader !== null)
    report('idempotencyKey', 'idempotency_key_conflict', 'give keys to the events or to the request, not both');
  else if (typeof own !== 'string' || !isIdempotencyKey(own)) {
    report('idempotencyKey', 'idempotency_key_invalid', 'must be 1 to 255 printable ASCII characters');
  } else return own;
  return null;
}
