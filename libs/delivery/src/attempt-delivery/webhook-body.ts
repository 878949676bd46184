import { encodeId, uuidTime } from '#core';
import type { LoadedEvent } from '#persistence';

/**
 * The bytes that are signed and sent. `data` goes into the envelope of Standard Webhooks byte for byte as it was published; what was published
 * as `body` is sent as it is. A thin endpoint gets a reference instead of the data.
 */
export function webhookBody(event: LoadedEvent, payload: 'full' | 'thin', publicUrl: string): Buffer {
  if (payload === 'full' && !event.envelope) return event.payload;
  const head = envelopeHead(event);
  const data = payload === 'full' ? event.payload : Buffer.from(thinData(event.id, publicUrl));
  const body = Buffer.allocUnsafe(head.length + data.length + 1);
  body.write(head, 0, 'latin1');
  data.copy(body, head.length);
  body[body.length - 1] = CLOSING_BRACE;
  return body;
}

const CLOSING_BRACE = 0x7d;

/** Types are ASCII without quotes or backslashes, so this needs no escaping. */
function envelopeHead(event: LoadedEvent): string {
  const timestamp = new Date(event.occurredAt ?? uuidTime(event.id)).toISOString();
  return `{"type":"${event.type}","timestamp":"${timestamp}","data":`;
}

function thinData(eventId: string, publicUrl: string): string {
  const id = encodeId('event', eventId);
  return JSON.stringify({ eventId: id, url: `${publicUrl}/v1/events/${id}` });
}
