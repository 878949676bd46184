import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { encodeId } from '#core';
import { freePort } from '#embedded';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver, TestBackend } from '#testing';
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
      const waiting = `SELECT 1 FROM pg_stat_activity, (SELECT pg_sleep(0.05)) pause
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO lanes%'`;
      const until = performance.now() + 4_000;
      while ((await fleet.database.query(waiting)).length === 0 && performance.now() < until);
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
    // Longer than a round of the clock, after which it used to fetch again.
    await fleet.database.query('SELECT pg_sleep(6)');
    await publish(fleet, other.subscriberId);
    await fleet.database.query('SELECT pg_sleep(0.3)');
    await fleet.addDispatcher();
    await receiver.waitFor((r) => r.at('/other').length === 1, 5_000);
    receiver.release();
    await stopping;
  }, 30_000);

  it('ends in time when Postgres is frozen', async () => {
    await start(0, NO_SWEEP);
    const [found] = await fleet.database.query<{ name: string }>('SELECT current_database() AS name');
    const target = new URL(fleet.config.database.url);
    expect(target.pathname).toBe(`/${found?.name}`);
    const proxy = await freezable(Number(target.port), target.hostname);
    target.port = String(proxy.port);
    target.hostname = '127.0.0.1';
    const child = await fleet.addChild({ DATABASE_URL: target.href, SHUTDOWN_TIMEOUT_MS: String(LIMIT_MS) });
    receiver.answer('/frozen', { status: 200, hang: true });
    const { subscriberId } = await fleet.endpoint(receiver.url('/frozen'));
    await publish(fleet, subscriberId);
    await receiver.waitFor((r) => r.at('/frozen').length === 1, 5_000);
    proxy.freeze();
    const stopped = await took(child.stop());
    await proxy.close();
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

/** A way to a server that can stop answering without closing anything. */
async function freezable(port: number, host: string) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
