import type { FieldError } from '#core';
import type { NewEvent } from '#delivery';
import { elementSlices, escapePointer, invalidRequest, memberSlices, wholeValue } from '#http-kit';
import { readNewEvent } from './read-new-event.js';

const MOST_EVENTS = 1_000;
/** Between a batch's key and an event's place in it. Outside ASCII, so that no key a producer chose is ever the same. */
const PLACE = '·';

/** The body of POST /v1/events. Throws a problem that names every wrong field. */
export function readEvent(body: Buffer | null, parsed: unknown, key: string | null): NewEvent {
  const source = body ?? Buffer.from('{}');
  const errors: FieldError[] = [];
  const slice = wholeValue(source);
  const event = readNewEvent(
    { body: source, slice, parsed: parsed ?? {}, pointer: '', idempotencyKey: key, ownKey: false },
    errors,
  );
  if (event === null) throw invalidRequest(errors);
  return event;
}

/**
 * The body of POST /v1/events/batch. With a key in the header each event gets one of its own, the key and its place: a repeated batch then
 * finds every one of its events. Throws a problem that names every wrong field of every event.
 */
export function readBatch(body: Buffer | null, parsed: unknown, key: string | null): NewEvent[] {
  const source = body ?? Buffer.from('{}');
  const members = memberSlices(source, wholeValue(source));
  if (members === null) throw invalidRequest([{ pointer: '', code: 'invalid_type', detail: 'must be an object' }]);
  const errors = unknownFields(members.keys());
  const list = members.get('events');
  const slices = list === undefined ? null : elementSlices(source, list);
  if (list === undefined) errors.push({ pointer: '/events', code: 'required', detail: 'is required' });
  else if (slices === null)
    errors.push({ pointer: '/events', code: 'invalid_type', detail: 'must be a list of events' });
  else if (slices.length === 0) errors.push({ pointer: '/events', code: 'too_short', detail: 'must not be empty' });
  else if (slices.length > MOST_EVENTS) {
    throw invalidRequest([
      ...errors,
      {
        pointer: '/events',
        code: 'too_long',
        detail: `holds ${slices.length} events; at most ${MOST_EVENTS} are allowed`,
      },
    ]);
  }
  const values = (parsed as { events?: unknown[] } | undefined)?.events ?? [];
  const events = (slices ?? []).map((slice, index) => {
    const idempotencyKey = key === null ? null : `${key}${PLACE}${index}`;
    return readNewEvent(
      { body: source, slice, parsed: values[index], pointer: `/events/${index}`, idempotencyKey, ownKey: true },
      errors,
    );
  });
  if (errors.length > 0) throw invalidRequest(errors);
  return events.filter((event) => event !== null);
}

function unknownFields(names: Iterable<string>): FieldError[] {
  return [...names]
    .filter((name) => name !== 'events')
    .map((name) => ({
      pointer: `/${escapePointer(name)}`,
      code: 'unknown_field',
      detail: 'is not a field of a batch',
    }));
}
