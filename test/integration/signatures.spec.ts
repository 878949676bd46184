import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { newUuid, SECOND } from '#core';
import { EndpointProfiles } from '#delivery';
import { EndpointSecretEntity } from '#persistence';
import { formatSigningKey, newSigningKey } from '#signing';
import { startReceiver, testSecretBox } from '#testing';
import type { ReceivedRequest, Receiver } from '#testing';
import { TestApi } from '../api/api.js';
import { Fleet } from '../fleet/fleet.js';

const BACKEND = { kind: 'postgres', redisUrl: null, prefix: 'posthorn' } as const;
const DAY_SECONDS = 86_400;

describe('what a receiver can verify', () => {
  let fleet: Fleet;
  let api: TestApi;
  let receiver: Receiver;
  let key: string;
  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(BACKEND, { dispatchers: 1 });
  });
  beforeAll(async () => {
    api = await TestApi.start({ on: fleet.config.database.url });
    key = await api.addKey(fleet.tenantId, { role: 'tenant' });
  });
  afterAll(() => api.stop());
  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  const make = async (path: string, more: object = {}) => {
    const subscriber = await api.expect(201, 'POST', '/v1/subscribers', {
      key,
      body: { uid: path.slice(1), name: path },
    });
    const body = { url: receiver.url(path), ...more };
    const made = await api.expect(201, 'POST', `/v1/subscribers/${subscriber.body.id}/endpoints`, { key, body });
    return { ...made.body, path };
  };
  const rotate = async (id: string, body: object = {}) =>
    (await api.expect(200, 'POST', `/v1/endpoints/${id}/secret/rotate`, { key, body })).body;
  /** Publishes one event and answers with the request it became. */
  const deliver = async ({ path, subscriberId }: { path: string; subscriberId: string }): Promise<ReceivedRequest> => {
    const before = receiver.at(path).length;
    await fleet.publish([{ to: subscriberId }]);
    await receiver.waitFor((r) => r.at(path).length === before + 1);
    return receiver.at(path)[before]!;
  };
  const signaturesOf = ({ headers }: ReceivedRequest) => String(headers['webhook-signature']).split(' ');
  const schemesOf = (request: ReceivedRequest) => signaturesOf(request).map((text) => text.split(',')[0]);
  /** As a receiver would with nothing of ours: the signature at that place, by the key as the API shows it. */
  const isSignedBy = (request: ReceivedRequest, place: number, shown: { secret?: string; publicKey?: string }) => {
    const { headers, body } = request;
    const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    const [scheme, base64] = (signaturesOf(request)[place] ?? '').split(',');
    if (shown.secret !== undefined) {
      const expected = new Webhook(shown.secret).sign(id, new Date(Number(timestamp) * 1000), body.toString());
      return `${scheme},${base64}` === expected;
    }
    const x = Buffer.from((shown.publicKey ?? '').slice('whpk_'.length), 'base64').toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
    return scheme === 'v1a' && verify(null, content, publicKey, Buffer.from(base64 ?? '', 'base64'));
  };

  it('a v1a endpoint’s webhook, with the public key that its creation answered', async () => {
    const endpoint = await make('/v1a', { signature: 'v1a' });
    const request = await deliver(endpoint);
    expect(schemesOf(request)).toEqual(['v1a']);
    expect(isSignedBy(request, 0, { publicKey: endpoint.publicKey })).toBe(true);
    const stranger = await make('/v1a-stranger', { signature: 'v1a' });
    expect(isSignedBy(request, 0, { publicKey: stranger.publicKey })).toBe(false);
  });

  it.each(['v1', 'v1a'] as const)(
    'every live secret after two rotations within the overlap, the newest first: %s',
    async (signature) => {
      const first = await make(`/twice-${signature}`, { signature });
      await deliver(first);
      // The first ends after the second, and still comes behind it.
      const second = await rotate(first.id, { overlapSeconds: DAY_SECONDS });
      const third = await rotate(first.id, { overlapSeconds: 3_600 });
      const request = await deliver(first);
      expect(signaturesOf(request)).toHaveLength(3);
      for (const [place, shown] of [third, second, first].entries()) {
        const half = signature === 'v1' ? { secret: shown.secret } : { publicKey: shown.publicKey };
        expect(isSignedBy(request, place, half)).toBe(true);
      }
    },
  );

  it('both schemes while an endpoint changes from one to the other and back', async () => {
    const endpoint = await make('/switch');
    await deliver(endpoint);
    const change = async (signature: string) => {
      await api.expect(200, 'PATCH', `/v1/endpoints/${endpoint.id}`, { key, body: { signature } });
      return (await api.expect(200, 'GET', `/v1/endpoints/${endpoint.id}/secret`, { key })).body;
    };
    const { publicKey } = await change('v1a');
    const switched = await deliver(endpoint);
    expect(schemesOf(switched)).toEqual(['v1a', 'v1']);
    expect([isSignedBy(switched, 0, { publicKey }), isSignedBy(switched, 1, { secret: endpoint.secret })]).toEqual([
      true,
      true,
    ]);
    const { secret } = await change('v1');
    const back = await deliver(endpoint);
    expect(schemesOf(back)).toEqual(['v1', 'v1a', 'v1']);
    expect([isSignedBy(back, 0, { secret }), isSignedBy(back, 1, { publicKey })]).toEqual([true, true]);
  });

  it('nothing of the old secret any more after a rotation without overlap', async () => {
    const endpoint = await make('/at-once');
    await deliver(endpoint);
    const { secret } = await rotate(endpoint.id, { overlapSeconds: 0 });
    const request = await deliver(endpoint);
    expect([signaturesOf(request).length, isSignedBy(request, 0, { secret })]).toEqual([1, true]);
  });

  it('nothing of a secret that expired while a holder had it loaded', async () => {
    const endpoint = await make('/expired');
    receiver.answer('/expired', (_, n) => (n === 1 ? { hang: true } : {}));
    await deliver(endpoint);
    const { secret, previous } = await rotate(endpoint.id, { overlapSeconds: 2 });
    const loaded = await deliver(endpoint); // hangs, so that the lane stays with its holder
    expect(signaturesOf(loaded)).toHaveLength(2);
    await fleet.eventually('SELECT 1 WHERE clock_timestamp() > $1', [previous[0]?.expiresAt]);
    const request = await deliver(endpoint);
    await receiver.waitFor((r) => r.inFlight('/expired') === 1); // the holder has not been relieved
    expect([signaturesOf(request).length, isSignedBy(request, 0, { secret })]).toEqual([1, true]);
    receiver.release();
    await fleet.settled();
  });

  it('not a millisecond longer than the overlap, by the profile that was opened before', async () => {
    const { id, secret } = await fleet.endpoint(receiver.url('/profile'));
    const expiresAt = Math.ceil(Date.now() / SECOND) * SECOND + 600 * SECOND;
    await fleet.database
      .entities()
      .update(EndpointSecretEntity, { endpointId: id }, { expiresAt: new Date(expiresAt) });
    const current = Buffer.from(formatSigningKey(newSigningKey('v1a')));
    const row = { id: newUuid(Date.now()), endpointId: id, sealed: testSecretBox().seal(current, id) };
    await fleet.database.entities().insert(EndpointSecretEntity, row);
    const profile = await new EndpointProfiles(fleet.database, testSecretBox()).get(id, 1);
    const signedAt = (now: number) =>
      profile?.signer(now).headers('evt_1', Math.floor(now / SECOND), Buffer.from('{}'))['webhook-signature'] ?? '';
    expect(signedAt(expiresAt - 600 * SECOND).split(' ')).toHaveLength(2);
    expect(signedAt(expiresAt - 1)).toMatch(/^v1a,\S+ v1,\S+$/);
    expect(signedAt(expiresAt)).toMatch(/^v1a,\S+$/);
    expect(signedAt(expiresAt - 1)).toMatch(/^v1a,\S+$/); // not even when the clock is set back
    expect(secret).toHaveLength(32);
  });
});
