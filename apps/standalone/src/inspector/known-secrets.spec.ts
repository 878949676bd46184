import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebhookSigner, formatSecret, newSecret, newSigningKey, receiversHalf } from '#signing';
import type { SigningKey } from '#signing';
import { startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { KnownSecrets } from './known-secrets.js';

const BODY = Buffer.from('{}');
const signed = (...secrets: SigningKey[]) => ({
  ...new WebhookSigner(secrets).headers('evt_1', Math.floor(Date.now() / 1000), BODY),
});

describe('known secrets', () => {
  let api: Receiver;
  let directory: string;
  const secret = newSecret();
  beforeEach(async () => {
    api = await startReceiver();
    directory = await mkdtemp(join(tmpdir(), 'posthorn-known-'));
    const dev = { apiUrl: api.url(''), inspectorUrl: 'http://localhost:4002', tenantKey: 'phk_x' };
    await writeFile(join(directory, 'dev.json'), JSON.stringify(dev));
    const data = [
      { id: 'ep_1', url: 'http://127.0.0.1:4002/in/acme?status=503' },
      { id: 'ep_2', url: 'http://localhost:4999/in/acme' },
    ];
    api.answer('/v1/endpoints', (request) =>
      request.query.get('cursor') === null
        ? { body: JSON.stringify({ data: [], nextCursor: 'next' }) }
        : { body: JSON.stringify({ data, nextCursor: null }) },
    );
    api.answer('/v1/endpoints/ep_1/secret', { body: JSON.stringify({ secret: formatSecret(secret) }) });
  });
  afterEach(async () => {
    await api.close();
    await rm(directory, { recursive: true });
  });

  it('judge by the endpoints that point at the name, asking once', async () => {
    const known = new KnownSecrets(directory);
    expect(await known.judge('acme', signed(secret), BODY)).toBe(true);
    expect(await known.judge('acme', signed(secret), BODY)).toBe(true);
    expect(await known.judge('acme', signed(newSecret()), BODY)).toBe(false);
    expect(api.requests.map(({ path }) => path)).toEqual([
      '/v1/endpoints',
      '/v1/endpoints',
      '/v1/endpoints/ep_1/secret',
    ]);
  });

  it('judge an endpoint with a key pair by its public key', async () => {
    const pair = newSigningKey('v1a');
    api.answer('/v1/endpoints/ep_1/secret', { body: JSON.stringify(receiversHalf(pair)) });
    const known = new KnownSecrets(directory);
    expect(await known.judge('acme', signed(pair), BODY)).toBe(true);
    expect(await known.judge('acme', signed(newSigningKey('v1a')), BODY)).toBe(false);
  });

  it('know nothing where no endpoint points, and without an API', async () => {
    const known = new KnownSecrets(directory);
    expect(await known.judge('nobody', signed(secret), BODY)).toBeNull();
    await writeFile(
      join(directory, 'dev.json'),
      JSON.stringify({ apiUrl: 'http://127.0.0.1:1', inspectorUrl: 'http://localhost:4002' }),
    );
    expect(await new KnownSecrets(directory).judge('acme', signed(secret), BODY)).toBeNull();
    expect(await new KnownSecrets(join(directory, 'nowhere')).judge('acme', signed(secret), BODY)).toBeNull();
  });
});
