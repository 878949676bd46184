import { encodeId } from '#core';
import { TestEndpoint } from '#delivery';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

/** Time scaled down by a hundred or so: what takes half a minute in production takes a third of a second here. */
const SCALED = {
  BREAKER_OPEN_MS: '300',
  BREAKER_OPEN_MOST_MS: '1200',
  BREAKER_COUNTED_MS: '5000',
  FRESH_WITHIN_MS: '800',
  LEASE_RENEW_MS: '200',
  DUE_WAKES_MS: '50',
};
/** Retries soon and often: a hundred of them fit into a test. */
const SOON = { retryInitialDelaySeconds: 0.05, retryFactor: 1 };

describeEachBackend('flow control of a lane', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1, env: SCALED });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  const publish = (subscriberId: string, count = 1) =>
    fleet.publish(Array.from({ length: count }, () => ({ to: encodeId('subscriber', subscriberId) })));

  const laneOf = async (endpointId: string) =>
    (
      await fleet.database.query<{
        reason: string | null;
        paused: boolean;
        held: boolean;
        flow: Record<string, unknown> | null;
      }>(
        `SELECT pause_reason AS reason, coalesce(paused_until > now(), false) AS paused, lease_until IS NOT NULL AS held, flow
         FROM lanes WHERE endpoint_id = $1`,
        [endpointId],
      )
    )[0];

  const states = async (endpointId: string) =>
    Object.fromEntries(
      (
        await fleet.database.query<{ state: string; count: number }>(
          'SELECT state, count(*)::int AS count FROM deliveries WHERE endpoint_id = $1 GROUP BY state',
          [endpointId],
        )
      ).map(({ state, count }) => [state, count]),
    );

  /** Asks the database until it says so: what a process does after the receiver's answer has no other sign. */
  const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
    const until = performance.now() + 10_000;
    while (!(await holds())) {
      if (performance.now() > until) throw new Error(`Not so in 10 s: ${String(holds)}`);
      await fleet.database.query('SELECT pg_sleep(0.02)');
    }
  };

  it('stops for a Retry-After, new events and tests too, holds nothing meanwhile, and goes on when it is over', async () => {
    receiver.answer('/throttled', (_, n) => (n === 0 ? { status: 429, headers: { 'retry-after': '2' } } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/throttled'), SOON);
    await publish(subscriberId);
    await receiver.waitFor((r) => r.at('/throttled').length === 1);
    const asked = receiver.at('/throttled')[0]?.at ?? 0;
    await eventually(async () => (await laneOf(id))?.paused === true && (await laneOf(id))?.held === false);
    expect(await laneOf(id)).toMatchObject({ reason: 'retry_after' });
    await publish(subscriberId, 20);
    const wake = (ids: string[]): void => {
      fleet.waker.wake(ids);
    };
    await new TestEndpoint(fleet.database, wake).test(fleet.tenantId, id, {
      type: 'a.test',
      payload: Buffer.from('{}'),
    });
    await receiver.waitFor((r) => r.at('/throttled').length === 23);
    const second = receiver.at('/throttled')[1]?.at ?? 0;
    expect(second - asked).toBeGreaterThanOrEqual(2_000);
    await eventually(async () => (await states(id)).delivered === 22);
  });

  it('goes on at once when somebody resumes the endpoint', async () => {
    receiver.answer('/resumed', (_, n) => (n === 0 ? { status: 429, headers: { 'retry-after': '3600' } } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/resumed'));
    await publish(subscriberId);
    await eventually(async () => (await laneOf(id))?.paused === true && (await laneOf(id))?.held === false);
    await publish(subscriberId, 3);
    await fleet.database.query(
      'UPDATE endpoints SET resumed_at = clock_timestamp(), version = version + 1 WHERE id = $1',
      [id],
    );
    await fleet.database.query('UPDATE lanes SET paused_until = NULL, wake_at = now() WHERE endpoint_id = $1', [id]);
    await receiver.waitFor((r) => r.at('/resumed').length >= 4);
  });

  it('opens the breaker after five losses, probes with one request at a time ever more rarely, and climbs by slow start', async () => {
    let down = true;
    receiver.answer('/down', () => (down ? { status: 503 } : { delayMs: 20 }));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/down'), { ...SOON, concurrency: 16 });
    await publish(subscriberId, 200);
    await receiver.waitFor((r) => r.at('/down').length >= 5);
    await eventually(async () => (await laneOf(id))?.reason === 'breaker' && (await laneOf(id))?.held === false);
    const opened = receiver.at('/down').length;
    expect(opened).toBeLessThanOrEqual(7);
    await receiver.waitFor((r) => r.at('/down').length === opened + 2);
    const [last, probe, next] = receiver
      .at('/down')
      .slice(-3)
      .map(({ at }) => at);
    expect((probe ?? 0) - (last ?? 0)).toBeGreaterThanOrEqual(290);
    expect((next ?? 0) - (probe ?? 0)).toBeGreaterThanOrEqual(590);
    expect(await states(id)).toEqual({ pending: 200 });
    down = false;
    const before = receiver.maxInFlight('/down');
    await eventually(async () => (await states(id)).delivered === 200);
    expect(before).toBeLessThanOrEqual(2);
    expect(receiver.maxInFlight('/down')).toBeGreaterThan(4);
    expect((await laneOf(id))?.reason).toBeNull();
  });

  it('opens the breaker also when everything is rejected, and a 4xx does not close it', async () => {
    receiver.answer('/rejects', { status: 404 });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/rejects'), SOON);
    await publish(subscriberId, 100);
    await eventually(async () => (await laneOf(id))?.reason === 'breaker');
    const opened = receiver.at('/rejects').length;
    expect(opened).toBeGreaterThanOrEqual(20);
    expect(opened).toBeLessThanOrEqual(40);
    await receiver.waitFor((r) => r.at('/rejects').length === opened + 2);
    expect((await laneOf(id))?.flow).toMatchObject({ breaker: { reason: 'rejecting' } });
  });

  it('keeps the order of a fifo endpoint through failures, and sends one at a time', async () => {
    receiver.answer('/ordered', (_, n) => ({ status: n % 4 === 1 ? 503 : 200 }));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/ordered'), { ...SOON, ordering: 'fifo' });
    const published: string[] = [];
    for (let n = 0; n < 12; n += 1)
      published.push(...(await publish(subscriberId)).map((one) => encodeId('event', one.id)));
    await eventually(async () => (await states(id)).delivered === 12);
    const arrived = receiver.at('/ordered').map(({ headers }) => String(headers['webhook-id']));
    expect([...new Set(arrived)]).toEqual(published);
    expect(arrived).toHaveLength(16);
    expect(receiver.maxInFlight('/ordered')).toBe(1);
  });

  it('lets the next of a fifo endpoint go when its head is cancelled while it is tried', async () => {
    receiver.answer('/head', (_, n) => (n === 0 ? { hang: true, status: 503 } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/head'), {
      ordering: 'fifo',
      retryInitialDelaySeconds: 3_600,
    });
    await publish(subscriberId, 2);
    await receiver.waitFor((r) => r.at('/head').length === 1);
    await fleet.database.query(
      `UPDATE deliveries SET state = 'cancelled', reason = 'cancelled' WHERE id = (SELECT min(id::text)::uuid FROM deliveries WHERE endpoint_id = $1)`,
      [id],
    );
    receiver.release();
    await receiver.waitFor((r) => r.at('/head').length === 2);
  });

  it('keeps to the rate limit, also when the lane is opened for one event at a time', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/limited'), { ratePerSecond: 10 });
    await publish(subscriberId, 5);
    for (let n = 0; n < 10; n += 1) {
      await publish(subscriberId);
      await receiver.waitFor((r) => r.at('/limited').length >= n + 3);
    }
    await eventually(async () => (await states(id)).delivered === 15);
    const times = receiver.at('/limited').map(({ at }) => at);
    for (const [n, at] of times.entries()) if (n >= 10) expect(at - (times[n - 10] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('sends new events beside a backlog, and forgets the watermark when the backlog is gone', async () => {
    receiver.answer('/backlog', { delayMs: 20 });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/backlog'), { concurrency: 4 });
    await publish(subscriberId, 1_000);
    await receiver.waitFor((r) => r.at('/backlog').length >= 100);
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const at = Date.now();
      const [event] = await publish(subscriberId);
      const webhookId = encodeId('event', event?.id ?? '');
      await receiver.waitFor((r) => r.at('/backlog').some(({ headers }) => headers['webhook-id'] === webhookId));
      waits.push(Date.now() - at);
    }
    expect(receiver.at('/backlog').length).toBeLessThan(1_000);
    expect(Math.max(...waits)).toBeLessThan(2_000);
    // Released: while it is held, what is stored is as old as its last renewal.
    await eventually(async () => (await states(id)).delivered === 1_010 && (await laneOf(id))?.held === false);
    expect((await laneOf(id))?.flow).not.toHaveProperty('watermark');
  }, 30_000);

  it('remembers the window of a lane from one holder to the next', async () => {
    receiver.answer('/window', { delayMs: 10 });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/window'));
    await publish(subscriberId, 100);
    await eventually(async () => (await laneOf(id))?.held === false && (await states(id)).delivered === 100);
    expect((await laneOf(id))?.flow).toMatchObject({ window: { size: 10 }, failures: { failures: 0 } });
  });

  it('disables an endpoint that has failed for long', async () => {
    receiver.answer('/failing', { status: 500 });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/failing'), {
      createdAt: new Date(Date.now() - 6 * 86_400_000),
    });
    const day = 86_400_000;
    const failures = {
      lastSuccessAt: null,
      failures: 9,
      firstFailureAt: Date.now() - day,
      lastFailureAt: Date.now() - day,
    };
    await fleet.database.query(`INSERT INTO lanes (endpoint_id, tenant_id, flow) VALUES ($1, $2, $3)`, [
      id,
      fleet.tenantId,
      JSON.stringify({ at: Date.now() - day, failures }),
    ]);
    await publish(subscriberId);
    await eventually(async () => {
      const [row] = await fleet.database.query<{ reason: string }>(
        'SELECT state_reason AS reason FROM endpoints WHERE id = $1',
        [id],
      );
      return row?.reason === 'failing';
    });
  });
});
