import { encodeId } from '#core';
import { PublishEvents, TestEndpoint } from '#delivery';
import { addEndpoint, addSubscriber, addTenant, describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { Fleet } from '../fleet/fleet.js';

const HANGS = { hang: true };
/** Attempts last as long as a test lets them. */
const PATIENT = { timeoutMs: 30_000 };

interface Target {
  id: string;
  tenantId: string;
  subscriberId: string;
}

describeEachBackend('the cap of a target', (backend) => {
  let fleet: Fleet;
  let names: NameServer;
  /** At every address of the loopback. */
  let receiver: Receiver;

  beforeEach(async () => {
    names = await NameServer.start();
    receiver = await startReceiver({ wholeLoopback: true });
  });
  afterEach(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
    await names.stop();
    expect(fleet.errors).toEqual([]);
  });

  const start = async (cap: number, dispatchers = 1, env: Record<string, string> = {}): Promise<void> => {
    fleet = await Fleet.start(backend, {
      dispatchers,
      env: {
        EGRESS_MAX_PER_TARGET: String(cap),
        EGRESS_DNS_SERVERS: names.address,
        HEARTBEAT_MS: '100',
        LEASE_RENEW_MS: '100',
        SHUTDOWN_TIMEOUT_MS: '3000',
        DUE_WAKES_MS: '50',
        ...env,
      },
    });
  };

  const endpointOf = async (tenantId: string, url: string, more = {}): Promise<Target> => {
    const subscriber = await addSubscriber(fleet.database, tenantId);
    const of = { tenantId, subscriberId: subscriber.id, url };
    const { id } = await addEndpoint(fleet.database, of, { ...PATIENT, ...more });
    return { id, tenantId, subscriberId: subscriber.id };
  };
  const endpoints = (tenantId: string, urls: readonly string[], more = {}): Promise<Target[]> =>
    Promise.all(urls.map((url) => endpointOf(tenantId, url, more)));

  const event = (to: string) => ({
    recipient: { kind: 'subscriber' as const, idOrUid: to },
    type: 'order.placed',
    timestamp: null,
    payload: Buffer.from('{"n":1}'),
    payloadKind: 'data' as const,
    idempotencyKey: null,
    pointer: '',
  });
  /** So many events for each. */
  const publish = async (targets: readonly Target[], times = 1): Promise<void> => {
    const publisher = new PublishEvents(fleet.database, fleet.waker, fleet.config.publish);
    const tenants = new Set(targets.map(({ tenantId }) => tenantId));
    for (const tenantId of tenants) {
      const its = targets.filter((target) => target.tenantId === tenantId);
      const to = its.flatMap(({ subscriberId }) => Array<string>(times).fill(encodeId('subscriber', subscriberId)));
      await publisher.publish(tenantId, to.map(event));
    }
  };
  const many = (count: number, url: (n: number) => string): string[] => Array.from({ length: count }, (_, n) => url(n));

  /** Lets what hangs go on, so many at a time, until all have come. */
  const releaseAll = async (total: number, atOnce: number): Promise<void> => {
    for (let came = atOnce; came < total; came += atOnce) {
      await receiver.waitFor((r) => r.requests.length >= came);
      receiver.release();
    }
    await receiver.waitFor((r) => r.requests.length >= total);
    receiver.release();
  };
  /** Resolves when so many lanes wait for room at their target. */
  const waiting = async (is: (lanes: number) => boolean): Promise<void> => {
    const lanes = (): number => fleet.dispatchers.reduce((sum, dispatcher) => sum + dispatcher.load().waiting, 0);
    const until = performance.now() + 10_000;
    while (!is(lanes())) {
      if (performance.now() > until) throw new Error(`${lanes()} lanes wait: ${String(is)}`);
      await fleet.database.query('SELECT pg_sleep(0.02)');
    }
  };
  /** Every dispatcher has heard of all others: each has beaten twice since all were there. */
  const allHeard = async (): Promise<void> => {
    const all = fleet.dispatchers.length;
    await fleet.eventually('SELECT 1 FROM dispatchers HAVING count(*) = $1', [all]);
    for (let beats = 0; beats < 2; beats += 1) {
      const [now] = await fleet.database.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
      await fleet.eventually('SELECT 1 FROM dispatchers HAVING count(*) = $1 AND min(seen_at) > $2::timestamptz', [
        all,
        now!.at,
      ]);
    }
  };
  /** Waiting cost nobody an attempt, a loss or a pause. */
  const nothingLost = async (deliveries: number): Promise<void> => {
    expect(await fleet.settled()).toEqual({ delivered: deliveries });
    const [count] = await fleet.database.query<{ attempts: number }>('SELECT count(*)::int AS attempts FROM attempts');
    expect(count).toEqual({ attempts: deliveries });
    expect(await fleet.database.query('SELECT 1 FROM lanes WHERE pause_reason IS NOT NULL')).toEqual([]);
  };

  it('is kept over forty endpoints of three tenants at one address, each of which gets its turn', async () => {
    await start(10);
    const tenants = [fleet.tenantId, (await addTenant(fleet.database)).id, (await addTenant(fleet.database)).id];
    receiver.answer('/crowd', HANGS);
    for (const path of ['/second', '/third']) receiver.answer(path, HANGS);
    const crowd = await endpoints(
      tenants[0]!,
      many(36, () => receiver.url('/crowd', '127.77.0.1')),
    );
    const few = [
      ...(await endpoints(
        tenants[1]!,
        many(2, () => receiver.url('/second', '127.77.0.1')),
      )),
      ...(await endpoints(
        tenants[2]!,
        many(2, () => receiver.url('/third', '127.77.0.1')),
      )),
    ];
    await publish(crowd, 2);
    await receiver.waitFor((r) => r.inFlight() === 10);
    await publish(few, 2);
    await waiting((lanes) => lanes >= 35);
    await releaseAll(80, 10);
    await nothingLost(80);
    expect(receiver.maxInFlight()).toBe(10);
    const last = (path: string): number => receiver.requests.findLastIndex((request) => request.path === path);
    expect(Math.max(last('/second'), last('/third'))).toBeLessThan(40);
  });

  it('is shared by two dispatchers: five each, and never more than ten in all', async () => {
    await start(10, 2);
    await allHeard();
    receiver.answer('/in', HANGS);
    const targets = await endpoints(
      fleet.tenantId,
      many(40, () => receiver.url('/in', '127.77.0.2')),
    );
    await publish(targets, 2);
    await receiver.waitFor((r) => r.inFlight() === 10);
    expect(fleet.dispatchers.map((dispatcher) => dispatcher.load().inFlight)).toEqual([5, 5]);
    receiver.answer('/in', { delayMs: 5 });
    receiver.release();
    await nothingLost(80);
    expect(receiver.maxInFlight()).toBe(10);
  });

  it('keeps nobody at another host waiting: a lane that waits has no slot and no socket', async () => {
    await start(1, 1, { LANE_SLOTS: '2', EGRESS_MAX_SOCKETS: '4', LANE_SLICE_MS: '60000' });
    receiver.answer('/victim', HANGS);
    const hung = await endpoints(
      fleet.tenantId,
      many(30, () => receiver.url('/victim', '127.77.0.3')),
    );
    await publish(hung, 3);
    await waiting((lanes) => lanes >= 29);
    const other = await endpoints(fleet.tenantId, [receiver.url('/other', '127.77.0.4')]);
    await publish(other, 20);
    await receiver.waitFor((r) => r.at('/other').length === 20);
    expect(receiver.at('/victim')).toHaveLength(1);
    receiver.answer('/victim', {});
    receiver.release();
    await nothingLost(110);
    expect(receiver.maxInFlight('/victim')).toBe(1);
  });

  it('counts one domain on different addresses as one target', async () => {
    await start(3);
    receiver.answer('/in', HANGS);
    const host = (n: number): string => `h${n}.victim.example`;
    for (let n = 0; n < 9; n += 1) names.has(host(n), { A: [`127.77.1.${n + 1}`] });
    const targets = await endpoints(
      fleet.tenantId,
      many(9, (n) => receiver.url('/in', host(n))),
    );
    await publish(targets);
    await waiting((lanes) => lanes === 6);
    await releaseAll(9, 3);
    await nothingLost(9);
    expect(receiver.maxInFlight()).toBe(3);
    expect(new Set(receiver.requests.map(({ localAddress }) => localAddress)).size).toBe(9);
  });

  it('counts one address under different domains as one target, to which not even a connection is opened above it', async () => {
    await start(3);
    receiver.answer('/in', HANGS);
    const host = (n: number): string => `victim${n}.example`;
    for (let n = 0; n < 12; n += 1) names.has(host(n), { A: ['127.77.2.1'] });
    const targets = await endpoints(
      fleet.tenantId,
      many(12, (n) => receiver.url('/in', host(n))),
    );
    await publish(targets);
    await waiting((lanes) => lanes === 9);
    expect(receiver.connections()).toBe(3);
    await releaseAll(12, 3);
    await nothingLost(12);
    expect(receiver.maxInFlight()).toBe(3);
  });

  it('counts kept-alive connections by the address they lead to, whatever the name leads to now', async () => {
    await start(2);
    for (const n of [1, 2, 3, 4]) names.has(`kept${n}.example`, { A: ['127.77.3.1'] });
    const targets = await endpoints(
      fleet.tenantId,
      many(4, (n) => receiver.url('/in', `kept${n + 1}.example`)),
    );
    await publish(targets);
    await fleet.settled();
    const opened = receiver.connections();
    for (const n of [1, 2, 3, 4]) names.has(`kept${n}.example`, { A: [`127.77.3.${n + 1}`] });
    receiver.answer('/in', HANGS);
    await publish(targets);
    await waiting((lanes) => lanes === 2);
    await receiver.waitFor((r) => r.requests.length === 6);
    expect(receiver.inFlight()).toBe(2);
    await releaseAll(8, 6);
    await nothingLost(8);
    expect([receiver.maxInFlight(), receiver.connections()]).toEqual([2, opened]);
  });

  it('gets its room back from attempts that time out, are reset or find nobody', async () => {
    await start(2);
    const dying = { timeoutMs: 300, retryInitialDelaySeconds: 3_600 };
    const at = (path: string): string => receiver.url(path, '127.77.4.1');
    receiver.answer('/hangs', HANGS);
    receiver.answer('/resets', { reset: true });
    await publish([
      ...(await endpoints(
        fleet.tenantId,
        many(6, () => at('/hangs')),
        dying,
      )),
      ...(await endpoints(
        fleet.tenantId,
        many(6, () => at('/resets')),
        dying,
      )),
      ...(await endpoints(
        fleet.tenantId,
        many(6, () => 'http://127.77.4.1:9/'),
        dying,
      )),
    ]);
    await fleet.eventually('SELECT 1 FROM attempts HAVING count(*) = 18');
    expect(receiver.maxInFlight()).toBe(2);
    const last = await endpoints(fleet.tenantId, [at('/last')]);
    await publish(last);
    await receiver.waitFor((r) => r.at('/last').length === 1);
  });

  it('holds for tests, keeps the order of a fifo endpoint, and lets an endpoint go that moves elsewhere', async () => {
    await start(1);
    const at = (path: string): string => receiver.url(path, '127.77.5.1');
    receiver.answer('/first', HANGS);
    const first = await endpoints(fleet.tenantId, [at('/first')]);
    await publish(first);
    await receiver.waitFor((r) => r.requests.length === 1);
    const ordered = await endpoints(
      fleet.tenantId,
      many(2, (n) => at(`/ordered/${n}`)),
      { ordering: 'fifo' },
    );
    await publish(ordered, 5);
    const [tested, moving] = await endpoints(fleet.tenantId, [at('/tested'), at('/moving')]);
    const tests = new TestEndpoint(fleet.database, (endpointIds) => fleet.waker.wake(endpointIds));
    await tests.test(fleet.tenantId, tested!.id, { type: 'test.ping', payload: Buffer.from('{}') });
    await publish([moving!]);
    await waiting((lanes) => lanes === 4);
    await fleet.change(moving!.id, 'url = $2', [receiver.url('/moved', '127.77.5.2')]);
    await receiver.waitFor((r) => r.at('/moved').length === 1);
    expect(receiver.requests).toHaveLength(2);
    receiver.release();
    await nothingLost(13);
    expect(receiver.at('/tested')).toHaveLength(1);
    for (const n of [0, 1]) {
      const sent = receiver.at(`/ordered/${n}`).map(({ headers }) => headers['webhook-id']);
      expect(sent).toEqual([...sent].sort());
      expect(sent).toHaveLength(5);
    }
    expect(receiver.maxInFlight()).toBe(2);
  });

  it('is not used up by endpoints that are deleted or paused while they wait', async () => {
    await start(1);
    receiver.answer('/in', HANGS);
    const at = (path: string): string => receiver.url(path, '127.77.8.1');
    await publish(await endpoints(fleet.tenantId, [at('/in')]));
    await receiver.waitFor((r) => r.requests.length === 1);
    const gone = await endpoints(
      fleet.tenantId,
      many(4, () => at('/gone')),
    );
    await publish(gone, 2);
    await waiting((lanes) => lanes === 4);
    await publish(await endpoints(fleet.tenantId, [at('/last')]));
    await waiting((lanes) => lanes === 5);
    const [deleted, paused] = [gone.slice(0, 2), gone.slice(2)];
    for (const { id } of deleted) await fleet.change(id, 'deleted_at = clock_timestamp()');
    for (const { id } of paused) await fleet.change(id, `state = 'paused'`);
    await waiting((lanes) => lanes === 1);
    receiver.release();
    await receiver.waitFor((r) => r.at('/last').length === 1);
    expect(receiver.at('/gone')).toEqual([]);
  });

  it('stops with lanes that wait, and the next dispatcher delivers what they had', async () => {
    await start(1);
    receiver.answer('/in', HANGS);
    const targets = await endpoints(
      fleet.tenantId,
      many(10, () => receiver.url('/in', '127.77.6.1')),
    );
    await publish(targets, 2);
    await waiting((lanes) => lanes >= 9);
    await receiver.waitFor((r) => r.requests.length === 1);
    const stopped = fleet.dispatchers[0]!.stop();
    receiver.answer('/in', {});
    receiver.release();
    await stopped;
    expect(await fleet.database.query('SELECT 1 FROM lanes WHERE holder IS NOT NULL')).toEqual([]);
    await fleet.addDispatcher();
    await nothingLost(20);
    expect(receiver.maxInFlight()).toBe(1);
  });

  it('is none at all with 0', async () => {
    await start(0);
    receiver.answer('/in', HANGS);
    await publish(
      await endpoints(
        fleet.tenantId,
        many(60, () => receiver.url('/in', '127.77.7.1')),
      ),
    );
    await receiver.waitFor((r) => r.inFlight() === 60);
  });
});
