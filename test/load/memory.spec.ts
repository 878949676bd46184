import { DAY, HOUR, MIB, uuidFloor } from '#core';
import { sweepLanes } from '#persistence';
import { describeOnRedis } from '#testing';
import type { ChildDispatcher } from '../fleet/child-dispatcher.js';
import { Fleet } from '../fleet/fleet.js';
import { passes } from '../fleet/real-time.js';
import { cpuSeconds, residentBytes } from './process-costs.js';
import { median } from './quantiles.js';

const IDLE_ENDPOINTS = 100_000;
const PAUSED_LANES = 1_000;
const PENDING = 1_000_000;
const SWEEP_EVERY_MS = 10_000; // as it is by default
const SWEEP_SLICE = 2_000;
const LOOKS = 9;
const MOST_BYTES = 50 * MIB;
const MOST_OF_A_CORE = 0.01;

describeOnRedis('what only waits', (backend) => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start(backend, { dispatchers: 0, env: { DATABASE_STATEMENT_TIMEOUT_MS: '60000' } });
  }, 30_000);

  afterAll(() => fleet.stop(), 60_000);

  it('costs a dispatcher next to no memory, and the sweep next to no time', async () => {
    // Two processes of the same age: what a process sheds while it warms up is in both figures.
    const over = async (): Promise<Costs> => {
      const child = await fleet.addChild();
      await passes(SWEEP_EVERY_MS); // it has started, and seen all there is once
      const figures = await costs(child);
      await child.stop();
      return figures;
    };
    const empty = await over();
    await fill(fleet);
    const full = await over();
    const sweep = median(await timeSweeps(fleet));
    const more = (full.bytes - empty.bytes) / MIB;
    process.stderr.write(
      `memory: ${(empty.bytes / MIB).toFixed(0)} MiB empty, ${more.toFixed(1)} more; CPU ${(empty.share * 100).toFixed(1)} % empty, ${(full.share * 100).toFixed(1)} % full; a sweep ${sweep.toFixed(1)} ms\n`,
    );
    expect(full.bytes - empty.bytes).toBeLessThanOrEqual(MOST_BYTES);
    expect(sweep / SWEEP_EVERY_MS).toBeLessThanOrEqual(MOST_OF_A_CORE);
    // The process itself, timers and all, does no more than it did over an empty database: two hundredths is what a tick or two come to.
    expect(full.share - empty.share).toBeLessThanOrEqual(MOST_OF_A_CORE + 0.02);
    expect(fleet.errors).toEqual([]);
  }, 180_000);
});

interface Costs {
  /** Resident memory, the median of several looks. */
  bytes: number;
  /** Of a core. */
  share: number;
}

/** Over ten seconds, a sweep included. */
async function costs({ pid }: ChildDispatcher): Promise<Costs> {
  const before = await cpuSeconds(pid);
  const begun = performance.now();
  const looks: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await passes((SWEEP_EVERY_MS + 1_000) / LOOKS);
    looks.push(await residentBytes(pid));
  }
  const seconds = (performance.now() - begun) / 1_000;
  return { bytes: median(looks), share: ((await cpuSeconds(pid)) - before) / seconds };
}

async function fill(fleet: Fleet): Promise<void> {
  const { id, subscriberId } = await fleet.endpoint('http://127.0.0.1:9/');
  const { database, tenantId } = fleet;
  await database.query(
    `INSERT INTO endpoints (id, tenant_id, subscriber_id, url, match_keys)
     SELECT gen_random_uuid(), $1, $2, 'http://127.0.0.1:9/' || n, '{*}' FROM generate_series(1, ${IDLE_ENDPOINTS}) n`,
    [tenantId, subscriberId],
  );
  // All were delivered to before; some wait for the end of a pause.
  await database.query(
    `INSERT INTO lanes (endpoint_id, tenant_id, epoch) SELECT id, tenant_id, 1 FROM endpoints WHERE id <> $1 ORDER BY id`,
    [id],
  );
  await database.query(
    `UPDATE lanes SET paused_until = now() + interval '1 hour', pause_reason = 'retry_after', wake_at = now() + interval '1 hour',
       flow = jsonb_build_object('at', extract(epoch FROM now()) * 1000, 'retryAfter', extract(epoch FROM now()) * 1000 + 3600000)
     WHERE endpoint_id IN (SELECT endpoint_id FROM lanes ORDER BY endpoint_id LIMIT ${PAUSED_LANES})`,
  );
  // Ids of now: a UUIDv7 begins with its time, which names the partition.
  const floor = uuidFloor(Date.now()).slice(0, 14);
  for (let part = 0; part < 10; part += 1) {
    await database.query(
      `INSERT INTO deliveries (id, tenant_id, endpoint_id, event_id, next_at, deadline, bytes)
       SELECT ($1 || '7' || substr(x.random, 2, 3) || '-8' || substr(x.random, 6, 3) || '-' || substr(x.random, 10, 12))::uuid,
         l.tenant_id, l.endpoint_id, gen_random_uuid(), now(), now() + interval '72 hours', 7
       FROM lanes l, generate_series(1, ${PENDING / PAUSED_LANES / 10}) n, LATERAL (SELECT md5(random()::text || n || l.endpoint_id) AS random) x
       WHERE l.paused_until IS NOT NULL`,
      [floor],
    );
  }
  await database.query('ANALYZE deliveries');
}

async function timeSweeps(fleet: Fleet): Promise<number[]> {
  const ids = { oldest: uuidFloor(Date.now() - 8 * DAY), newest: uuidFloor(Date.now() + HOUR) };
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    let after: string | null = uuidFloor(0);
    while (after !== null) ({ next: after } = await sweepLanes(fleet.database, ids, after, SWEEP_SLICE));
    times.push(performance.now() - begun);
  }
  return times;
}
