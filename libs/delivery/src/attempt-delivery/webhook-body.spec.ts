import { encodeId, uuidFloor } from '#core';
import { webhookBody } from './webhook-body.js';

describe('the bytes that are sent', () => {
  const id = uuidFloor(Date.parse('2026-11-23T18:53:00.123Z'));
  const data = '{"n":9007199254740993,"f":1.0,"e":1e400,"d":{"a":1,"a":2},"s":"\\u2028😀"}';
  const event = { id, type: 'order.placed', occurredAt: null, envelope: true, payload: Buffer.from(data) };

  it('carry `data` byte for byte in the envelope, with the time of publishing', () => {
    expect(webhookBody(event, 'full', '').toString()).toBe(
      `{"type":"order.placed","timestamp":"2026-11-23T18:53:00.123Z","data":${data}}`,
    );
  });

  it('carry the producer’s own time when it gave one', () => {
    const body = webhookBody({ ...event, occurredAt: 0 }, 'full', '');
    expect(JSON.parse(body.toString())).toMatchObject({ timestamp: '1970-01-01T00:00:00.000Z' });
  });

  it('are the `body` as it was published, without an envelope', () => {
    expect(webhookBody({ ...event, envelope: false }, 'full', '')).toBe(event.payload);
  });

  it('name the event instead for a thin endpoint', () => {
    const body = JSON.parse(webhookBody({ ...event, envelope: false }, 'thin', 'https://api.example').toString()) as {
      data: unknown;
    };
    const eventId = encodeId('event', id);
    expect(body.data).toEqual({ eventId, url: `https://api.example/v1/events/${eventId}` });
  });
});
