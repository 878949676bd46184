import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { encodeId } from '#core';
import { freePort } from '#embedded';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver, TestBackend } from '#testing';
import { Line } from '../api/line.js';
import { Fleet } from '../fleet/fleet.js';
import { DueWakes } from '../../apps/dispatcher/src/timers/due-wakes.js';

const LIMIT_MS = 1_000;
/** What a process may take beyond its limit, a busy machine included. */
const OVERTIME_MS = 5_500;
const NO_SWEEP = { SWEEP_MS: '600000' };

const took = async (work: Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
};

const publish = (fleet: Fleet, subscriberId: string, count = 1) =>
  fleet.publish(Array.from({ length: count }, () => ({ to: encodeId('subscriber', subscriberId) })));

describeEachBackend('a dispatcher that stops', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  const start = async (dispatchers: number, env: Record<string, string>): Promise<void> => {
    fleet = await Fleet.start(backend, { dispatchers, env });
  };

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  it('ends in time when lanes cannot be acquired', async () => {
    await start(0, { SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS) });
    const child = await fleet.addChild();
    const { subscriberId } = await fleet.endpoint(receiver.url('/locked'));
    const stopped = await fleet.database.transaction(async () => {
      await fleet.database.query('LOCK TABLE lanes IN ACCESS EXCLUSIVE MODE');
      await publish(fleet, subscriberId);
      // On another connection: within a transaction pg_stat_activity stays as it was first seen.
      const waiting = {
        name: 'waits-for-lanes',
        text: `SELECT 1 FROM pg_stat_activity, (SELECT pg_sleep(0.02)) pause
               WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO lanes%'`,
      };
      const until = performance.now() + 10_000;
      while ((await fleet.database.run(waiting, [])).length === 0)
        if (performance.now() > until) throw new Error('Nobody waits for the lanes');
      return took(child.stop());
    });
    expect(stopped).toBeLessThan(LIMIT_MS + OVERTIME_MS);
  }, 30_000);

  it('fetches nothing again while it finishes, so that others get what comes', async () => {
    await start(1, NO_SWEEP);
    receiver.answer('/slow', { status: 200, hang: true });
    const slow = await fleet.endpoint(receiver.url('/slow'));
    const other = await fleet.endpoint(receiver.url('/other'));
    await publish(fleet, slow.subscriberId);
    await receiver.waitFor((r) => r.at('/slow').length === 1, 5_000);
    const stopping = fleet.dispatchers[0]?.stop();
    // It has told the others; whatever ends from now on (a wrong clock, too many lanes) is no reason to fetch again.
    await fleet.eventually('SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM dispatchers)');
    receiver.answer('/other', { status: 200, hang: true });
    await publish(fleet, other.subscriberId);
    const late = await fleet.addDispatcher();
    await receiver.waitFor((r) => r.at('/other').length === 1, 5_000);
    expect(await holderOf(other.id)).toBe(late.id);
    receiver.release();
    await stopping;
  }, 30_000);

  const holderOf = async (endpointId: string): Promise<string | null | undefined> =>
    (
      await fleet.database.query<{ holder: string | null }>('SELECT holder FROM lanes WHERE endpoint_id = $1', [
        endpointId,
      ])
    )[0]?.holder;

  it('passes idle lanes within a second and draining ones when their last attempt ends, and sends nothing twice', async () => {
    await start(0, NO_SWEEP);
    const first = await fleet.addChild();
    const busy = await Promise.all(
      ['/busy-0', '/busy-1', '/busy-2'].map(async (path) => {
        receiver.answer(path, { status: 200, delayMs: 20 });
        return fleet.endpoint(receiver.url(path), { concurrency: 1 });
      }),
    );
    receiver.answer('/draining', (_, n) => ({ status: 200, hang: n === 0 }));
    const draining = await fleet.endpoint(receiver.url('/draining'), { concurrency: 1 });
    const throttled = await fleet.endpoint(receiver.url('/throttled'), { ratePerSecond: 2 });
    await Promise.all([
      ...busy.map(({ subscriberId }) => publish(fleet, subscriberId, 200)),
      ...[draining, throttled].map(({ subscriberId }) => publish(fleet, subscriberId, 3)),
    ]);
    await receiver.waitFor((r) => ['/busy-0', '/draining', '/throttled'].every((path) => r.at(path).length > 0), 5_000);
    const holder = await holderOf(draining.id);
    await fleet.addChild();

    const stopped = first.stop();
    await fleet.eventually('SELECT 1 FROM lanes WHERE holder = $1 HAVING count(*) = 1', [holder], 1_000);
    await fleet.eventually(
      'SELECT 1 FROM lanes WHERE endpoint_id = ANY ($1) AND holder <> $2 HAVING count(*) = 3',
      [busy.map(({ id }) => id), holder],
      1_000,
    );
    expect(await holderOf(draining.id)).toBe(holder);
    expect(receiver.at('/draining')).toHaveLength(1);
    receiver.release();
    await receiver.waitFor((r) => r.at('/draining').length === 3, 1_000);
    await stopped;
    expect(await fleet.settled(20_000)).toEqual({ delivered: 606 });
    expect(receiver.requests).toHaveLength(606);
  }, 60_000);

  it('abandons within its limit what does not end, passes that lane too, and nothing else is sent twice', async () => {
    await start(0, { ...NO_SWEEP, SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS), FLOW_INITIAL_WINDOW: '2' });
    const first = await fleet.addChild();
    // The first two are answered, the next two never.
    receiver.answer('/hangs', (_, n) => ({ status: 200, hang: n === 2 || n === 3 }));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/hangs'), { concurrency: 2 });
    await publish(fleet, subscriberId, 8);
    await receiver.waitFor((r) => r.at('/hangs').length === 4, 5_000);
    const abandoned = idsAt('/hangs').slice(2);
    const holder = await holderOf(id);
    await fleet.addChild();
    expect(await took(first.stop())).toBeLessThan(LIMIT_MS + OVERTIME_MS);
    expect(await fleet.database.query('SELECT 1 FROM lanes WHERE holder = $1', [holder])).toEqual([]);
    expect(await fleet.settled(20_000)).toEqual({ delivered: 8 });
    const twice = idsAt('/hangs').filter((webhookId, n, all) => all.indexOf(webhookId) !== n);
    expect(twice.sort()).toEqual(abandoned.sort());
    expect(receiver.maxInFlight('/hangs')).toBe(2);
  }, 60_000);

  const idsAt = (path: string): string[] => receiver.at(path).map(({ headers }) => String(headers['webhook-id']));

  it('ends in time when Postgres is frozen', async () => {
    await start(0, NO_SWEEP);
    const [found] = await fleet.database.query<{ name: string }>('SELECT current_database() AS name');
    expect(new URL(fleet.config.database.url).pathname).toBe(`/${found?.name}`);
    const line = await Line.to(fleet.config.database.url);
    const child = await fleet.addChild({ DATABASE_URL: line.url, SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS) });
    receiver.answer('/frozen', { status: 200, hang: true });
    const { subscriberId } = await fleet.endpoint(receiver.url('/frozen'));
    await publish(fleet, subscriberId);
    await receiver.waitFor((r) => r.at('/frozen').length === 1, 5_000);
    line.fallSilent({ all: true });
    const stopped = await took(child.stop());
    await line.cut();
    expect(stopped).toBeLessThan(LIMIT_MS + OVERTIME_MS);
  }, 30_000);

  it('buries all of an invalid endpoint without a sweep, and asks for due lanes more often than they fall due', async () => {
    await start(1, NO_SWEEP);
    const { id, subscriberId } = await fleet.endpoint('no url');
    await publish(fleet, subscriberId, 2_500);
    fleet.waker.wake([id]);
    expect(await fleet.settled(10_000)).toEqual({ dead: 2_500 });

    await fleet.database.query(`DELETE FROM chores WHERE name = 'due-wakes'`);
    await fleet.dispatchers[0]?.stop();
    await fleet.database.query(`DELETE FROM chores WHERE name = 'due-wakes'`);
    await new DueWakes(fleet.database, 60_000, 'ada00000-0000-4000-8000-000000000000', () => undefined).round();
    const [turn] = await fleet.database.query<{ left: number }>(
      `SELECT extract(epoch FROM due_at - clock_timestamp())::float8 AS left FROM chores WHERE name = 'due-wakes'`,
    );
    expect(turn?.left).toBeLessThan(50);
  }, 30_000);
});

describe('a dispatcher that stops without its Redis', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'ends at once after %s',
    async (signal) => {
      const port = await freePort();
      const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
      const gone = once(redis, 'exit');
      for await (const text of redis.stdout) if (String(text).includes('Ready to accept')) break;
      const backend: TestBackend = { kind: 'redis', redisUrl: `redis://127.0.0.1:${port}`, prefix: 'stop' };
      const receiver = await startReceiver();
      const fleet = await Fleet.start(backend, { dispatchers: 0 });
      try {
        const child = await fleet.addChild({ SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS) });
        const { subscriberId } = await fleet.endpoint(receiver.url('/before'));
        await publish(fleet, subscriberId);
        await receiver.waitFor((r) => r.at('/before').length === 1, 5_000);
        redis.kill(signal);
        if (signal === 'SIGKILL') await gone;
        fleet.waker.wake(['00000000-0000-7000-8000-000000000000']);
        expect(await took(child.stop())).toBeLessThan(LIMIT_MS + OVERTIME_MS);
        expect(await took(fleet.waker.close())).toBeLessThan(2_000);
      } finally {
        redis.kill('SIGKILL');
        await gone;
        await fleet.stop();
        await receiver.close();
      }
    },
    30_000,
  );
});
