import { resolve } from 'node:path';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { AppProcess } from '../canary/app-process.js';
import { Fleet } from '../fleet/fleet.js';

const EVENTS = 100;
const WRONG = /this machine's clock is \d+ ms (ahead of|behind) the database's: it works no lanes/g;
const RIGHT = /this machine's clock is right again/g;

describeEachBackend('a dispatcher whose clock goes wrong by ten minutes', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;
  let wrong: AppProcess;
  let holder: string;
  let port: string;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 0, env: { HEARTBEAT_MS: '200' } });
    const preload = `--require ${resolve('test/fleet/shift-clock.cjs')}`;
    wrong = AppProcess.run('dispatcher', { ...fleet.environment, DISPATCHER_PORT: '0', NODE_OPTIONS: preload });
    [, port = '', holder = ''] = await wrong.says(/"port":(\d+),"holder":"([^"]+)","msg":"holding lanes"/);
  });

  afterAll(async () => {
    receiver.release();
    await wrong.stop();
    await fleet.stop();
    await receiver.close();
  });

  const ready = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/health/ready`)).status;
  const timesSaid = (pattern: RegExp): number => wrong.output.match(pattern)?.length ?? 0;

  it.each([
    { direction: 'ahead', n: 1 },
    { direction: 'behind', n: 2 },
  ])(
    '$direction gives up its lanes, is not ready and says so once; it comes back when its clock is right',
    async ({ direction, n }) => {
      const path = `/${direction}`;
      receiver.answer(path, { status: 200, delayMs: 30 });
      const { id, subscriberId } = await fleet.endpoint(receiver.url(path), { concurrency: 1 });
      await fleet.publishTo(subscriberId, EVENTS);
      await fleet.eventually('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND holder = $2', [id, holder]);
      const other = await fleet.addDispatcher();

      wrong.signal('SIGUSR2');
      await wrong.says(new RegExp(`(${WRONG.source}[^]*){${n}}`));
      expect(await ready()).toBe(503);
      await fleet.eventually('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND holder = $2', [id, other.id]);
      expect(await fleet.settled(30_000)).toEqual({ delivered: n * EVENTS + n - 1 });
      expect(receiver.at(path)).toHaveLength(EVENTS);
      expect(await fleet.database.query('SELECT 1 FROM lanes WHERE holder = $1', [holder])).toEqual([]);
      expect(await ready()).toBe(503);
      expect(timesSaid(WRONG)).toBe(n);

      await other.stop();
      wrong.signal('SIGUSR2');
      await wrong.says(new RegExp(`(${RIGHT.source}[^]*){${n}}`));
      expect(await ready()).toBe(200);
      await fleet.publishTo(subscriberId, 1);
      await fleet.eventually(`SELECT 1 FROM deliveries HAVING count(*) FILTER (WHERE state = 'delivered') = $1`, [
        n * EVENTS + n,
      ]);
      expect([timesSaid(WRONG), timesSaid(RIGHT)]).toEqual([n, n]);
    },
    60_000,
  );
});
