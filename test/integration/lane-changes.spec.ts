import { encodeId } from '#core';
import { CancelDelivery, TestEndpoint } from '#delivery';
import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

describeOnRedis('a held lane, while something else happens', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, {
      dispatchers: 1,
      env: { LEASE_RENEW_MS: '500', DUE_WAKES_MS: '50', PAYLOAD_BUDGET_BYTES: '80000' },
    });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  const arrived = (path: string): string[] => receiver.at(path).map(({ headers }) => String(headers['webhook-id']));

  const test = (endpointId: string): Promise<unknown> =>
    new TestEndpoint(fleet.database, (ids) => {
      fleet.waker.wake(ids);
    }).test(fleet.tenantId, endpointId, { type: 'a.test', payload: Buffer.from('{}') });

  it('keeps the order when it is a claim that finds the change', async () => {
    receiver.answer('/changed', { delayMs: 5 });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/changed'), { ordering: 'fifo' });
    const published = await fleet.publishTo(subscriberId, 100);
    for (let n = 0; n < 8; n += 1) {
      await receiver.waitFor((r) => r.at('/changed').length >= 10 * n + 3);
      await fleet.database.query('UPDATE endpoints SET version = version + 1 WHERE id = $1', [id]);
    }
    await receiver.waitFor((r) => r.at('/changed').length === 100);
    expect(arrived('/changed')).toEqual(published);
  });

  it('keeps the order when it is resumed while a test is in flight', async () => {
    receiver.answer('/tested', (_, n) => (n === 0 ? { hang: true } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/tested'), { ordering: 'fifo' });
    await fleet.change(id, `state = 'paused'`);
    const published = await fleet.publishTo(subscriberId, 5);
    await fleet.database.query(`UPDATE deliveries SET next_at = next_at - interval '1 minute' WHERE endpoint_id = $1`, [
      id,
    ]);
    published.push(...(await fleet.publishTo(subscriberId, 5)));
    await test(id);
    await receiver.waitFor((r) => r.inFlight('/tested') === 1);
    await fleet.change(id, `state = 'active', resumed_at = clock_timestamp()`);
    await fleet.database.query('SELECT pg_sleep(0.7)');
    receiver.release();
    await receiver.waitFor((r) => r.at('/tested').length === 11);
    expect(arrived('/tested').slice(1)).toEqual(published);
  });

  it('rests until its next token is there when that is far away', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/rationed'), { ratePerSecond: 0.4 });
    await fleet.publishTo(subscriberId, 3);
    await receiver.waitFor((r) => r.at('/rationed').length === 2);
    const [lane] = await fleet.database.query<{ epoch: number }>(
      'SELECT epoch::int FROM lanes WHERE endpoint_id = $1',
      [id],
    );
    expect(lane?.epoch).toBeLessThan(6);
  });

  it('goes on without the head that was cancelled while a test was in flight', async () => {
    receiver.answer('/skipped', (_, n) => (n === 0 ? { status: 503 } : n === 1 ? { hang: true } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/skipped'), {
      ordering: 'fifo',
      retryInitialDelaySeconds: 3_600,
    });
    await fleet.publishTo(subscriberId, 2);
    await fleet.eventually(`SELECT 1 FROM lanes WHERE endpoint_id = $1 AND pause_reason = 'order' AND holder IS NULL`, [
      id,
    ]);
    await test(id);
    await receiver.waitFor((r) => r.inFlight('/skipped') === 1);
    const [head] = await fleet.database.query<{ id: string }>(
      'SELECT min(id::text)::uuid AS id FROM deliveries WHERE endpoint_id = $1',
      [id],
    );
    await new CancelDelivery(fleet.database, (ids) => {
      fleet.waker.wake(ids);
    }).cancel({ tenantId: fleet.tenantId, subscriberId: null }, head?.id ?? '');
    await fleet.database.query('SELECT pg_sleep(0.7)');
    receiver.release();
    await receiver.waitFor((r) => r.at('/skipped').length === 3, 3_000);
  });

  it('waits for no head any more when it need not keep the order any more', async () => {
    receiver.answer('/unordered', (_, n) => (n === 0 ? { status: 503 } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/unordered'), {
      ordering: 'fifo',
      retryInitialDelaySeconds: 3_600,
    });
    await fleet.publishTo(subscriberId, 2);
    await fleet.eventually(`SELECT 1 FROM lanes WHERE endpoint_id = $1 AND pause_reason = 'order' AND holder IS NULL`, [
      id,
    ]);
    await fleet.change(id, `ordering = 'none'`);
    await receiver.waitFor((r) => r.at('/unordered').length === 3, 3_000);
  });

  it('keeps the order of a backlog with a watermark when it has to from now on', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/marked'));
    await fleet.change(id, `state = 'paused', ordering = 'fifo'`);
    const published = await fleet.publishTo(subscriberId, 5);
    await fleet.database.query(`UPDATE deliveries SET next_at = next_at - interval '1 minute' WHERE endpoint_id = $1`, [
      id,
    ]);
    published.push(...(await fleet.publishTo(subscriberId, 5)));
    await fleet.database.query('SELECT pg_sleep(0.5)');
    await fleet.database.query('UPDATE lanes SET flow = $2 WHERE endpoint_id = $1 AND holder IS NULL', [
      id,
      JSON.stringify({ at: Date.now(), watermark: Date.now() - 30_000 }),
    ]);
    await fleet.change(id, `state = 'active'`);
    await receiver.waitFor((r) => r.at('/marked').length === 10);
    expect(arrived('/marked')).toEqual(published);
  });

  it('sends the next one in order only when it is committed that the one before is settled', async () => {
    receiver.answer('/uncommitted', (_, n) => (n === 0 ? { hang: true } : {}));
    const { subscriberId } = await fleet.endpoint(receiver.url('/uncommitted'), { ordering: 'fifo' });
    const published = await fleet.publishTo(subscriberId, 3);
    await receiver.waitFor((r) => r.inFlight('/uncommitted') === 1);
    await fleet.database.transaction(async () => {
      await fleet.database.query('LOCK TABLE attempts IN EXCLUSIVE MODE');
      receiver.release();
      await fleet.eventually(`SELECT 1 FROM pg_locks WHERE relation = 'attempts'::regclass AND NOT granted`);
      await fleet.database.query('SELECT pg_sleep(0.3)');
      expect(arrived('/uncommitted')).toEqual(published.slice(0, 1));
    });
    await receiver.waitFor((r) => r.at('/uncommitted').length === 3);
    expect(arrived('/uncommitted')).toEqual(published);
  });

  it('keeps the order when a request was refused because its lease was not confirmed in time', async () => {
    receiver.answer('/fenced', { delayMs: 200 });
    const { subscriberId } = await fleet.endpoint(receiver.url('/fenced'), { ordering: 'fifo' });
    const published = await fleet.publishTo(subscriberId, 10);
    await receiver.waitFor((r) => r.at('/fenced').length === 1);
    await fleet.database.transaction(async () => {
      await fleet.database.query('LOCK TABLE endpoints IN ACCESS EXCLUSIVE MODE');
      await fleet.database.query('SELECT pg_sleep(1.7)');
    });
    await receiver.waitFor((r) => r.at('/fenced').length === 10);
    expect(arrived('/fenced')).toEqual(published);
  });

  it('keeps the order when those behind the head had to wait for memory until its retry', async () => {
    const big = { payload: Buffer.from(`{"n":"${'x'.repeat(50_000)}"}`) };
    receiver.answer('/hungry', { hang: true });
    receiver.answer('/hungry-head', (_, n) => (n === 0 ? { status: 503, delayMs: 300 } : {}));
    const hungry = await fleet.endpoint(receiver.url('/hungry'), { concurrency: 2 });
    const { subscriberId } = await fleet.endpoint(receiver.url('/hungry-head'), {
      ordering: 'fifo',
      retryInitialDelaySeconds: 0.2,
    });
    await fleet.publish([{ to: encodeId('subscriber', hungry.subscriberId), ...big }]);
    await receiver.waitFor((r) => r.inFlight('/hungry') === 1);
    const to = encodeId('subscriber', subscriberId);
    const published = await fleet.publish([{ to }, { to, ...big }]);
    await receiver.waitFor((r) => r.at('/hungry-head').length === 1);
    await fleet.database.query('SELECT pg_sleep(1)');
    receiver.release();
    await receiver.waitFor((r) => r.at('/hungry-head').length === 3);
    const [head, next] = published.map(({ id }) => encodeId('event', id));
    expect(arrived('/hungry-head')).toEqual([head, head, next]);
  });

  it('keeps a pause although the holder before it had a clock that was ahead', async () => {
    const answers = [{}, { hang: true }, { status: 429, headers: { 'retry-after': '3600' } }];
    receiver.answer('/ahead', answers);
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/ahead'));
    await fleet.database.query('INSERT INTO lanes (endpoint_id, tenant_id, flow) VALUES ($1, $2, $3)', [
      id,
      fleet.tenantId,
      JSON.stringify({ at: Date.now() + 60_000, lossStreak: 1 }),
    ]);
    await fleet.publishTo(subscriberId, 3);
    await receiver.waitFor((r) => r.at('/ahead').length === 3);
    await fleet.eventually(
      `SELECT 1 FROM lanes WHERE endpoint_id = $1 AND pause_reason = 'retry_after' AND holder IS NOT NULL`,
      [id],
      2_000,
    );
    receiver.release();
  });

  it('does not send what was cancelled after it had been claimed and before it was sent', async () => {
    receiver.answer('/cancelled', (_, n) => (n === 0 ? { hang: true } : {}));
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/cancelled'), { concurrency: 1 });
    const [first, , third] = await fleet.publishTo(subscriberId, 3);
    await receiver.waitFor((r) => r.inFlight('/cancelled') === 1);
    await fleet.database.query('SELECT pg_sleep(0.3)');
    const deliveries = await fleet.database.query<{ id: string }>(
      'SELECT id FROM deliveries WHERE endpoint_id = $1 ORDER BY next_at, id',
      [id],
    );
    await new CancelDelivery(fleet.database, (ids) => {
      fleet.waker.wake(ids);
    }).cancel({ tenantId: fleet.tenantId, subscriberId: null }, deliveries[1]?.id ?? '');
    await fleet.database.query('SELECT pg_sleep(1)');
    receiver.release();
    await receiver.waitFor((r) => r.at('/cancelled').length === 2);
    expect(arrived('/cancelled')).toEqual([first, third]);
    await fleet.eventually(`SELECT 1 FROM deliveries WHERE id = $1 AND state = 'cancelled'`, [deliveries[1]?.id]);
  });
});
