import type { FoundEvent } from '#persistence';
import type { ListedEventDto } from './dto/event.dto.js';

/** An event as JSON with its payload spliced in: the bytes that were published, never parsed and written again. */
export function rawEvent(
  head: ListedEventDto,
  { payload, envelope }: Pick<FoundEvent, 'payload' | 'envelope'>,
): Buffer {
  const { id, subscriberId, broadcast, type, timestamp, ...rest } = head;
  const before = JSON.stringify({ id, subscriberId, broadcast, type, timestamp }).slice(0, -1);
  const [opening, closing] = envelope ? [',"data":', ',"body":null,'] : [',"data":null,"body":', ','];
  return Buffer.concat([Buffer.from(before + opening), payload, Buffer.from(closing + JSON.stringify(rest).slice(1))]);
}
