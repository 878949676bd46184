import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { childEnvironment, formatMasterKeys } from '#config';
import { decodeId } from '#core';
import { Database, SEALED_COLUMNS } from '#persistence';
import { SecretBox } from '#signing';
import { createTestDatabase, testMasterKeys, testSecretBox } from '#testing';
import type { TestDatabase } from '#testing';
import { resealColumn } from '../../apps/standalone/src/master-key/reseal.js';
import { TestApi } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const COMMAND = 'dist/apps/standalone/src/rotate-master-key.js';
const NEW = { id: 'k2', key: randomBytes(32) };
const BOTH = [NEW, ...testMasterKeys];
const ENDPOINTS = 7;

const openDatabase = (url: string) =>
  Database.open({ url, appName: 'rotating', poolSize: 1, statementTimeoutMs: 10_000 });

const pidOf = async (database: Database) =>
  (await database.run<{ pid: number }>({ name: 'pid', text: 'SELECT pg_backend_pid() AS pid' }, []))[0]?.pid;

async function untilBlocked(pid: number | undefined, through: Database): Promise<void> {
  const until = performance.now() + 5_000;
  while ((await through.query('SELECT 1 WHERE cardinality(pg_blocking_pids($1)) > 0', [pid])).length === 0) {
    if (performance.now() > until) throw new Error('nobody waits for a lock');
    await through.query('SELECT pg_sleep(0.02)');
  }
}

/** Every test begins with seven endpoints, their secrets and headers, and a remembered answer, all under the key `test`. */
describe('rotating the master key', () => {
  let test: TestDatabase;
  let api: TestApi;
  let tenant: TestTenant;
  let ids: string[];
  let secrets: string[];
  beforeEach(async () => {
    test = await createTestDatabase();
    api = await TestApi.start({ on: test.url });
    tenant = await api.addTenant();
    await api.addSubscriber(tenant, 'acme');
    const made = [];
    for (let n = 0; n < ENDPOINTS; n += 1)
      made.push(await api.addEndpoint(tenant, 'acme', { headers: { 'x-n': `${n}` } }));
    await api.expect(201, 'POST', '/v1/keys', {
      key: tenant.key,
      body: { name: 'remembered', role: 'publisher' },
      headers: { 'idempotency-key': 'once' },
    });
    ids = made.map(({ id }) => id);
    secrets = made.map(({ secret }) => secret);
  });
  afterEach(async () => {
    await api.stop();
    await test.drop();
  });

  const rotate = (keys: readonly { id: string; key: Buffer }[]): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      const env = childEnvironment({ DATABASE_URL: test.url, MASTER_KEYS: formatMasterKeys(keys) });
      execFile(process.execPath, [COMMAND], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
      });
    });
  const revealed = async (through: TestApi) => {
    const shown = [];
    for (const id of ids)
      shown.push((await through.call('GET', `/v1/endpoints/${id}/secret`, { key: tenant.key })).body.secret);
    return shown;
  };
  const uuid = (n: number) => decodeId('endpoint', ids[n] ?? '') ?? '';
  const sealedOf = async (n: number) =>
    (
      await api.database.query<{ sealed: Buffer }>('SELECT sealed FROM endpoint_secrets WHERE endpoint_id = $1', [
        uuid(n),
      ])
    )[0]!.sealed;
  const isUnderNewKey = async (n: number) => new SecretBox(BOTH).isCurrent(await sealedOf(n));

  it('puts secrets, headers and remembered answers under the first key, after which the others are not needed', async () => {
    const { code, said } = await rotate(BOTH);
    expect(said.trim().split('\n')).toEqual([
      'endpoint_secrets.sealed: 7 under k2',
      'endpoints.headers_sealed: 7 under k2',
      'idempotency_keys.response_sealed: 1 under k2',
      'Every value opens with k2: the other keys may be removed from MASTER_KEYS.',
    ]);
    expect(code).toBe(0);
    const after = await TestApi.start({ on: test.url, box: new SecretBox([NEW]) });
    expect(await revealed(after)).toEqual(secrets);
    // Without the new key nothing opens any more: all of it was moved.
    expect(new Set(await revealed(api))).toEqual(new Set([undefined]));
    const again = await after.call('POST', '/v1/keys', {
      key: tenant.key,
      body: { name: 'remembered', role: 'publisher' },
      headers: { 'idempotency-key': 'once' },
    });
    const headers = await after.call('PATCH', `/v1/endpoints/${ids[0]}`, {
      key: tenant.key,
      body: { headers: { 'x-m': '1' } },
    });
    await after.stop();
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(headers.body.headers).toEqual({ 'x-n': '***', 'x-m': '***' });
  });

  it('changes nothing that is under the first key already, and may be run again', async () => {
    await rotate(BOTH);
    const before = await sealedOf(0);
    expect((await rotate(BOTH)).code).toBe(0);
    expect((await sealedOf(0)).equals(before)).toBe(true);
  });

  it('goes on where it was stopped', async () => {
    const both = new SecretBox(BOTH);
    let sealedSoFar = 0;
    const stopping = {
      ...{ open: both.open.bind(both), isCurrent: both.isCurrent.bind(both), keyIdOf: both.keyIdOf.bind(both) },
      seal: (plain: Buffer, context: string) => {
        sealedSoFar += 1;
        if (sealedSoFar > 4) throw new Error('stopped');
        return both.seal(plain, context);
      },
    };
    await expect(resealColumn(api.database, stopping, 'endpoint_secrets.sealed', 2)).rejects.toThrow('stopped');
    const moved = async () => (await Promise.all(ids.map((_, n) => isUnderNewKey(n)))).filter(Boolean).length;
    expect(await moved()).toBe(4);
    expect((await rotate(BOTH)).code).toBe(0);
    expect(await moved()).toBe(ENDPOINTS);
  });

  it('leaves what somebody else writes in the meantime as they wrote it', async () => {
    const theirs = testSecretBox().seal(Buffer.from('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), uuid(3));
    let rotating = Promise.resolve();
    const other = await openDatabase(test.url);
    const pid = await pidOf(other);
    await api.database.transaction(async () => {
      await api.database.query('UPDATE endpoint_secrets SET sealed = $1 WHERE endpoint_id = $2', [theirs, uuid(3)]);
      rotating = resealColumn(other, new SecretBox(BOTH), 'endpoint_secrets.sealed');
      await untilBlocked(pid, api.database);
    });
    await rotating;
    await other.close();
    expect((await sealedOf(3)).equals(theirs)).toBe(true);
    expect(await isUnderNewKey(2)).toBe(true);
    // The next run finds it.
    expect((await rotate(BOTH)).code).toBe(0);
    expect(await isUnderNewKey(3)).toBe(true);
  });

  it('says what is left when a process still writes under an old key, and fails', async () => {
    const late = testSecretBox()
      .seal(Buffer.from(secrets[0] ?? ''), uuid(0))
      .toString('hex');
    // As that process would, right after the slice was written.
    await api.database.query(
      `CREATE FUNCTION write_under_old_key() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
         IF NEW.endpoint_id = '${uuid(0)}' THEN NEW.sealed := decode('${late}', 'hex'); END IF; RETURN NEW; END $f$`,
    );
    await api.database.query(
      'CREATE TRIGGER late BEFORE UPDATE ON endpoint_secrets FOR EACH ROW EXECUTE FUNCTION write_under_old_key()',
    );
    const { code, said } = await rotate(BOTH);
    expect(code).toBe(1);
    expect(said).toMatch(/endpoint_secrets\.sealed: (1 under test, 6 under k2|6 under k2, 1 under test)/);
    expect(said).toContain('Left under another key than k2: 1.');
  });

  it('names what does not open, moves the rest, and fails', async () => {
    await api.database.query(
      `UPDATE endpoint_secrets SET sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1) WHERE endpoint_id = $1`,
      [uuid(1)],
    );
    const { code, said } = await rotate(BOTH);
    expect(code).toBe(1);
    expect(said).toContain('endpoint_secrets.sealed: 6 under k2, 1 that do not open');
    expect(said).toContain(`sealed data for ${uuid(1)} does not open`);
    expect(said).toContain('Remove none of them.');
    expect(said).not.toContain('whsec_');
    expect(await isUnderNewKey(2)).toBe(true);
  });

  it('fails and touches nothing when the key it is under was removed too early', async () => {
    const before = await sealedOf(0);
    const { code, said } = await rotate([NEW]);
    expect(code).toBe(1);
    expect(said).toContain('no master key with the id "test"');
    expect((await sealedOf(0)).equals(before)).toBe(true);
  });

  it('knows every column that holds encrypted values', async () => {
    const rows = await api.database.query<{ column: string }>(
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name ~ 'sealed' ORDER BY 1`,
    );
    expect(rows.map(({ column }) => column)).toEqual([...SEALED_COLUMNS].sort());
  });
});
