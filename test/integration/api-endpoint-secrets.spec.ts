import { decodeId } from '#core';
import { fieldsOf, TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** An Ed25519 seed and its public key: RFC 8032, section 7.1, test 2. */
const KEY_PAIR = 'whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=';
const PUBLIC_KEY = 'whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=';
const rawKey = (text: string) => Buffer.from(text.slice('whsk_'.length), 'base64');

describe('signing secrets of endpoints', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
  });
  afterAll(() => api.stop());

  const call = (method: string, url: string, body?: unknown) =>
    api.call(method, url, { key: tenant.key, ...(body === undefined ? {} : { body }) });
  const create = (body: unknown) => call('POST', '/v1/subscribers/acme/endpoints', body);
  const auditOf = async (id: string) =>
    (
      await api.database.query<{ line: string }>(
        `SELECT action || ' ' || detail AS line FROM audit WHERE target_id = $1 ORDER BY id`,
        [decodeId('endpoint', id)],
      )
    ).map(({ line }) => line);

  describe('the secret', () => {
    const previous = async (id: string) => (await call('GET', `/v1/endpoints/${id}/secret`)).body.previous;

    it('can be revealed, which is audited', async () => {
      const { id, secret } = await api.addEndpoint(tenant, 'acme');
      expect((await call('GET', `/v1/endpoints/${id}/secret`)).body).toEqual({
        secret,
        createdAt: expect.any(String),
        previous: [],
      });
      expect(await auditOf(id)).toEqual(['endpoint.created {}', 'secret.revealed {}']);
    });

    it('is audited without its value: who, what, of which endpoint, when, in which request', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      const manage = (await call('POST', '/v1/subscribers/acme/tokens', { name: 't', scope: 'manage' })).body;
      const rotated = await api.call('POST', `/v1/endpoints/${id}/secret/rotate`, {
        key: manage.key,
        body: { secret: SECRET, overlapSeconds: 60 },
      });
      const [row] = await api.database.query<Record<string, unknown>>(
        `SELECT * FROM audit WHERE target_id = $1 AND action = 'secret.rotated'`,
        [decodeId('endpoint', id)],
      );
      expect(row).toEqual({
        id: expect.any(String),
        tenant_id: tenant.id,
        actor_kind: 'subscriber',
        actor_id: decodeId('key', manage.id),
        action: 'secret.rotated',
        target_kind: 'endpoint',
        target_id: decodeId('endpoint', id),
        detail: { signature: 'v1', overlapSeconds: 60 },
        request_id: rotated.headers['x-request-id'],
        at: expect.any(Date),
      });
      expect(Math.abs((row?.at as Date).getTime() - Date.now())).toBeLessThan(60_000);
    });

    it('is not shown when the look at it cannot be audited', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      await api.database.query('ALTER TABLE audit RENAME TO audit_away');
      const revealed = await call('GET', `/v1/endpoints/${id}/secret`);
      const rotated = await call('POST', `/v1/endpoints/${id}/secret/rotate`, { secret: SECRET });
      await api.database.query('ALTER TABLE audit_away RENAME TO audit');
      expect([revealed.status, rotated.status]).toEqual([500, 500]);
      expect(revealed.text + rotated.text).not.toContain('whsec_');
      expect((await call('GET', `/v1/endpoints/${id}/secret`)).body.secret).not.toBe(SECRET);
    });

    it('does not open when it was moved to another endpoint in the database, and neither do headers', async () => {
      const [mine, theirs] = [
        await api.addEndpoint(tenant, 'acme', { headers: { 'x-a': 'mine' } }),
        await api.addEndpoint(tenant, 'acme', { headers: { 'x-a': 'theirs' } }),
      ];
      const [to, from] = [decodeId('endpoint', mine.id), decodeId('endpoint', theirs.id)];
      await api.database.query(
        `UPDATE endpoint_secrets SET sealed = (SELECT sealed FROM endpoint_secrets WHERE endpoint_id = $2) WHERE endpoint_id = $1`,
        [to, from],
      );
      await api.database.query(
        `UPDATE endpoints SET headers_sealed = (SELECT headers_sealed FROM endpoints WHERE id = $2) WHERE id = $1`,
        [to, from],
      );
      const revealed = await call('GET', `/v1/endpoints/${mine.id}/secret`);
      const patched = await call('PATCH', `/v1/endpoints/${mine.id}`, { headers: { 'x-b': 'new' } });
      for (const answer of [revealed, patched]) {
        expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
        expect(answer.text).not.toMatch(/whsec_|theirs/);
      }
    });

    it('rotates with a day of overlap', async () => {
      const { id, secret } = await api.addEndpoint(tenant, 'acme');
      const { body } = await call('POST', `/v1/endpoints/${id}/secret/rotate`, {});
      expect(body.secret).not.toBe(secret);
      const left = Date.parse(body.previous[0]!.expiresAt) - Date.now();
      expect(Math.abs(left - 86_400_000)).toBeLessThan(60_000);
    });

    it('rotates without a body, to a secret of the tenant’s own, and with no overlap', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      expect((await call('POST', `/v1/endpoints/${id}/secret/rotate`)).status).toBe(200);
      const { body } = await call('POST', `/v1/endpoints/${id}/secret/rotate`, { secret: SECRET, overlapSeconds: 0 });
      expect([body.secret, body.previous.length]).toEqual([SECRET, 1]);
      expect(await previous(id)).toHaveLength(1);
    });

    it('keeps at most nine earlier ones, the newest', async () => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      const ends: string[] = [];
      for (let n = 0; n < 11; n += 1) {
        const { body } = await call('POST', `/v1/endpoints/${id}/secret/rotate`, { overlapSeconds: 1_000 - n });
        ends.unshift(body.previous[0]!.expiresAt);
      }
      expect((await previous(id)).map(({ expiresAt }) => expiresAt)).toEqual(ends.slice(0, 9));
    });

    it.each([
      [{ overlapSeconds: -1 }, '/overlapSeconds out_of_range'],
      [{ overlapSeconds: 604801 }, '/overlapSeconds out_of_range'],
      [{ secret: 'x' }, '/secret secret_invalid'],
      [{ secret: KEY_PAIR }, '/secret secret_invalid'],
    ])('is not rotated with %j', async (body, field) => {
      const { id } = await api.addEndpoint(tenant, 'acme');
      expect(fieldsOf(await call('POST', `/v1/endpoints/${id}/secret/rotate`, body))).toEqual([field]);
    });
  });

  describe('signature v1a', () => {
    const rotate = (id: string, body: object) => call('POST', `/v1/endpoints/${id}/secret/rotate`, body);
    const shown = async (id: string) => (await call('GET', `/v1/endpoints/${id}/secret`)).body;
    const ANY_PUBLIC_KEY = /^whpk_[A-Za-z0-9+/]{43}=$/;

    it('shows the public key where v1 shows the secret, and the private one never', async () => {
      const created = await create({ url: 'https://acme.example/v1a', signature: 'v1a' });
      expect([created.status, created.body.signature]).toEqual([201, 'v1a']);
      expect(created.body.publicKey).toMatch(ANY_PUBLIC_KEY);
      const revealed = await call('GET', `/v1/endpoints/${created.body.id}/secret`);
      const rotated = await rotate(created.body.id, {});
      expect(revealed.body).toEqual({
        publicKey: created.body.publicKey,
        createdAt: expect.any(String),
        previous: [],
      });
      expect(rotated.body.publicKey).toMatch(ANY_PUBLIC_KEY);
      expect(rotated.body.publicKey).not.toBe(created.body.publicKey);
      expect(rotated.body.previous).toHaveLength(1);
      expect(created.text + revealed.text + rotated.text).not.toMatch(/whsk_|whsec_/);
    });

    it.each([
      ['a seed', KEY_PAIR],
      ['seed and public key', `whsk_${Buffer.concat([KEY_PAIR, PUBLIC_KEY].map(rawKey)).toString('base64')}`],
    ])('takes a key pair of the tenant’s own: %s', async (_what, secret) => {
      const created = await create({ url: 'https://acme.example/v1a', signature: 'v1a', secret });
      expect([created.status, created.body.publicKey]).toEqual([201, PUBLIC_KEY]);
      const { id } = (await create({ url: 'https://acme.example/v1a', signature: 'v1a' })).body;
      expect((await rotate(id, { secret })).body.publicKey).toBe(PUBLIC_KEY);
    });

    it('is not rotated to a shared secret', async () => {
      const { id } = (await create({ url: 'https://acme.example/v1a', signature: 'v1a' })).body;
      expect(fieldsOf(await rotate(id, { secret: SECRET }))).toEqual(['/secret secret_invalid']);
    });

    it('is changed to and from with an overlap: a new secret of the other scheme is rotated in', async () => {
      const { id, secret } = await api.addEndpoint(tenant, 'acme');
      await api.expect(200, 'PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body: { signature: 'v1a' } });
      expect(await shown(id)).toMatchObject({ publicKey: expect.stringMatching(ANY_PUBLIC_KEY), previous: [{}] });
      await api.expect(200, 'PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body: { signature: 'v1a' } });
      expect((await shown(id)).previous).toHaveLength(1);
      await api.expect(200, 'PATCH', `/v1/endpoints/${id}`, { key: tenant.key, body: { signature: null } });
      const back = await shown(id);
      expect(back).toMatchObject({ secret: expect.stringMatching(/^whsec_/), previous: [{}, {}] });
      expect(back.secret).not.toBe(secret);
      expect(await auditOf(id)).toEqual([
        'endpoint.created {}',
        'secret.rotated {"signature": "v1a", "overlapSeconds": 86400}',
        'secret.revealed {}',
        'secret.revealed {}',
        'secret.rotated {"signature": "v1", "overlapSeconds": 86400}',
        'secret.revealed {}',
      ]);
    });

    it('is changed to by a PUT, with a secret made here or given, and again to the same changes nothing', async () => {
      const put = (body: object) =>
        call('PUT', '/v1/subscribers/acme/endpoints/put-v1a', { url: 'https://acme.example/put-v1a', ...body });
      const { id } = (await put({})).body;
      await put({ signature: 'v1a' });
      expect((await shown(id)).publicKey).toMatch(ANY_PUBLIC_KEY);
      expect(fieldsOf(await put({ secret: KEY_PAIR }))).toEqual(['/secret secret_invalid']);
      await put({ signature: 'v1a', secret: KEY_PAIR });
      await put({ signature: 'v1a', secret: KEY_PAIR });
      expect(await shown(id)).toMatchObject({ publicKey: PUBLIC_KEY, previous: [{}, {}] });
      await put({});
      expect((await shown(id)).secret).toMatch(/^whsec_/);
    });
  });
});
