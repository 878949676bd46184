import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { encodeId } from '#core';
import { formatSecret } from '#signing';
import { startReceiver } from '#testing';
import type { Receiver, TestBackend } from '#testing';
import { TestApi } from '../api/api.js';
import { Fleet } from '../fleet/fleet.js';
import { printedSeed } from '../fleet/printed-seed.js';
import { jsonSpace, jsonText } from '../fuzz/json-text.js';

/** What is sent does not depend on what wakes the lane. */
const ON_POSTGRES: TestBackend = { kind: 'postgres', redisUrl: null, prefix: 'posthorn' };
const TIMESTAMP = '2026-11-23T18:53:00.123Z';

interface Published {
  member: 'data' | 'body';
  text: string;
  space: string;
}

describe('the bytes of a payload', () => {
  let receiver: Receiver;
  let fleet: Fleet;
  let api: TestApi;
  let key: string;
  let subscriber: string;
  let webhook: Webhook;
  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(ON_POSTGRES, { dispatchers: 1 });
    api = await TestApi.start({ beside: fleet });
    key = await api.addKey(fleet.tenantId, { role: 'tenant' });
    const endpoint = await fleet.endpoint(receiver.url('/hooks'));
    subscriber = encodeId('subscriber', endpoint.subscriberId);
    webhook = new Webhook(formatSecret(endpoint.secret));
  });
  afterAll(async () => {
    await api.stop();
    await fleet.stop();
    await receiver.close();
  });

  const published: fc.Arbitrary<Published> = fc.record({
    member: fc.constantFrom('data' as const, 'body' as const),
    text: jsonText,
    space: jsonSpace,
  });
  const requestFor = ({ member, text, space }: Published): string =>
    `{${space}"${member}"${space}:${space}${text}${space},"subscriber":"${subscriber}","type":"order.placed","timestamp":"${TIMESTAMP}"}`;
  const sentFor = ({ member, text }: Published): string =>
    member === 'body' ? text : `{"type":"order.placed","timestamp":"${TIMESTAMP}","data":${text}}`;

  async function publish(events: Published[], inBatch: boolean): Promise<string[]> {
    if (inBatch) {
      const raw = `{ "events" :\n[${events.map(requestFor).join(' ,')}]\t}`;
      const { body } = await api.expect(202, 'POST', '/v1/events/batch', { key, raw });
      return body.data.map(({ id }) => id);
    }
    const ids = [];
    for (const event of events)
      ids.push((await api.expect(202, 'POST', '/v1/events', { key, raw: requestFor(event) })).body.id);
    return ids;
  }

  const receivedOf = (id: string) => receiver.requests.find(({ headers }) => headers['webhook-id'] === id);

  it('are those that were published, delivered, signed and read back, alone and in batches, as data and as body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(published, { minLength: 1, maxLength: 8 }), fc.boolean(), async (events, inBatch) => {
        const ids = await publish(events, inBatch);
        await receiver.waitFor(() => ids.every((id) => receivedOf(id) !== undefined));
        for (const [n, id] of ids.entries()) {
          const request = receivedOf(id)!;
          expect(request.body).toEqual(Buffer.from(sentFor(events[n]!)));
          webhook.verify(request.body.toString(), request.headers as Record<string, string>);
          const { text } = await api.expect(200, 'GET', `/v1/events/${id}`, { key });
          expect(text).toContain(`"${events[n]!.member}":${events[n]!.text},`);
        }
      }),
      { seed: printedSeed(), numRuns: 80 },
    );
  }, 60_000);

  it('are compared as bytes: a single one that differs breaks the signature', async () => {
    const [id = ''] = await publish([{ member: 'data', text: '{"n":1.0}', space: '' }], false);
    await receiver.waitFor(() => receivedOf(id) !== undefined);
    const { body, headers } = receivedOf(id)!;
    const rewritten = JSON.stringify(JSON.parse(body.toString()));
    expect(() => webhook.verify(rewritten, headers as Record<string, string>)).toThrow();
  });
});
