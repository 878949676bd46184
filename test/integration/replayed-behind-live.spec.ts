import { decodeId, newUuid } from '#core';
import { insertReplays } from '#persistence';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

describeEachBackend('what a replay made', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1, env: { LEASE_RENEW_MS: '200', DUE_WAKES_MS: '50' } });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  /** A paused endpoint with so many dead letters. */
  async function withDeadLetters(path: string, count: number, more: Parameters<Fleet['endpoint']>[1] = {}) {
    const endpoint = await fleet.endpoint(receiver.url(path), { concurrency: 1, state: 'paused', ...more });
    await fleet.publishTo(endpoint.subscriberId, count);
    const dead = await fleet.database.query<{ id: string }>(
      `WITH dead AS (UPDATE deliveries SET state = 'dead', reason = 'expired', settled_at = clock_timestamp() WHERE endpoint_id = $1 RETURNING id)
       SELECT id FROM dead`,
      [endpoint.id],
    );
    return { ...endpoint, dead: dead.map(({ id }) => id) };
  }

  const replay = (deliveryIds: readonly string[]) => insertReplays(fleet.database, newUuid(Date.now()), deliveryIds);

  /** `live` or `replay`, in the order in which they came. */
  async function arrivals(path: string): Promise<string[]> {
    const ids = receiver
      .at(path)
      .map(({ headers }) => decodeId('delivery', String(headers['posthorn-delivery'])) ?? '');
    const rows = await fleet.database.query<{ id: string; trigger: string }>(
      'SELECT id, trigger FROM deliveries WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    const triggers = new Map(rows.map(({ id, trigger }) => [id, trigger]));
    return ids.map((id) => (triggers.get(id) === 'replay' ? 'replay' : 'live'));
  }

  it('is sent after everything live, however long that fell due later', async () => {
    const { id, subscriberId, dead } = await withDeadLetters('/behind', 30);
    expect(await replay(dead)).toEqual({ endpointIds: [id], made: 30 });
    await fleet.publishTo(subscriberId, 40);
    await fleet.change(id, `state = 'active'`);
    await receiver.waitFor((r) => r.at('/behind').length === 70);
    expect(await arrivals('/behind')).toEqual([...Array<string>(40).fill('live'), ...Array<string>(30).fill('replay')]);
    await fleet.settled();
  });

  it('makes way for a live event that comes while it is being sent', async () => {
    receiver.answer('/between', { hang: true });
    const { id, subscriberId, dead } = await withDeadLetters('/between', 30);
    await replay(dead);
    await fleet.change(id, `state = 'active'`);
    await receiver.waitFor((r) => r.inFlight('/between') === 1);
    receiver.answer('/between', { delayMs: 40 });
    await fleet.publishTo(subscriberId, 3);
    receiver.release();
    await receiver.waitFor((r) => r.at('/between').length === 33);
    const order = await arrivals('/between');
    expect(order[0]).toBe('replay');
    // The wake takes its time; after it nothing replayed comes before them.
    expect(order.lastIndexOf('live') - order.indexOf('live')).toBe(2);
    expect(order.indexOf('live')).toBeLessThan(10);
    await fleet.settled();
  });

  it('is not sent before it is known that nothing live waits: at a low rate live events come next', async () => {
    const { id, subscriberId, dead } = await withDeadLetters('/rate', 10, { ratePerSecond: 5 });
    await replay(dead);
    await fleet.change(id, `state = 'active'`);
    await receiver.waitFor((r) => r.at('/rate').length === 2);
    const before = receiver.at('/rate').length;
    await fleet.publishTo(subscriberId, 2);
    await receiver.waitFor((r) => r.at('/rate').length === 12, 15_000);
    const order = await arrivals('/rate');
    // One more may have been on its way when they came.
    expect(order.slice(before, before + 3).filter((trigger) => trigger === 'live')).toHaveLength(2);
    await fleet.settled();
  });

  it('does not hold up a lane that keeps the order when it has to be retried', async () => {
    receiver.answer('/fifo', { status: 500 });
    const far = { ordering: 'fifo', retryInitialDelaySeconds: 600, retryFactor: 1 } as const;
    const { id, subscriberId, dead } = await withDeadLetters('/fifo', 1, far);
    await replay(dead);
    await fleet.change(id, `state = 'active'`);
    await fleet.eventually(
      `SELECT 1 FROM deliveries WHERE endpoint_id = $1 AND state = 'pending' AND attempts = 1 AND next_at > now() + interval '5 minutes'`,
      [id],
    );
    receiver.answer('/fifo', {});
    await fleet.publishTo(subscriberId, 2);
    await receiver.waitFor((r) => r.at('/fifo').length === 3);
    await fleet.database.query('UPDATE deliveries SET next_at = now() WHERE endpoint_id = $1', [id]);
    fleet.waker.wake([id]);
    await receiver.waitFor((r) => r.at('/fifo').length === 4);
    expect(await arrivals('/fifo')).toEqual(['replay', 'live', 'live', 'replay']);
    await fleet.settled();
  });

  it('is made once: what was replayed before, and what is pending, is left out', async () => {
    const { id, subscriberId, dead } = await withDeadLetters('/once', 3);
    await fleet.publishTo(subscriberId, 1);
    const all = await fleet.database.query<{ id: string }>('SELECT id FROM deliveries WHERE endpoint_id = $1', [id]);
    expect(await replay(all.map((row) => row.id))).toEqual({ endpointIds: [id], made: 3 });
    expect((await replay(dead)).made).toBe(0);
    const named = await fleet.database.query<{ old: string; trigger: string; attempts: number }>(
      `SELECT o.id AS old, n.trigger, n.attempts FROM deliveries o JOIN deliveries n ON n.id = o.replayed_by AND n.replay_of = o.id WHERE o.endpoint_id = $1`,
      [id],
    );
    expect(named.map(({ old }) => old).sort()).toEqual([...dead].sort());
    expect(named.every(({ trigger, attempts }) => trigger === 'replay' && attempts === 0)).toBe(true);
    await fleet.change(id, `state = 'active'`);
    await receiver.waitFor((r) => r.at('/once').length === 4);
    await fleet.settled();
  });
});
