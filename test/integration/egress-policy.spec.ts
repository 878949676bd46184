import { TestEndpoint } from '#delivery';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { Fleet } from '../fleet/fleet.js';

/** Stands for the public's addresses: opened. Everything else of the loopback is not. */
const OPEN = '127.0.0.2';
const RETRY_SOON = { retryInitialDelaySeconds: 0.2, retryFactor: 1, retryMaxDelaySeconds: 0.2 };

describeEachBackend('the address guard in a dispatcher', (backend) => {
  let fleet: Fleet;
  let names: NameServer;
  /** At every address of the loopback. */
  let receiver: Receiver;

  beforeAll(async () => {
    names = await NameServer.start();
    receiver = await startReceiver({ wholeLoopback: true });
    fleet = await Fleet.start(backend, {
      dispatchers: 1,
      env: { EGRESS_ALLOW_CIDRS: `${OPEN}/32`, EGRESS_ALLOW_PORTS: '', EGRESS_DNS_SERVERS: names.address },
    });
    await fleet.database.query('UPDATE tenants SET allowed_ports = $1', [[receiver.port]]);
  });
  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
    await names.stop();
  });

  /** Whatever a test tried: nothing came to another address than the open one. */
  afterAll(() => {
    expect([...new Set(receiver.requests.map(({ localAddress }) => localAddress.replace('::ffff:', '')))]).toEqual([
      OPEN,
    ]);
    expect(receiver.connections()).toBe(new Set(receiver.requests.map(({ remotePort }) => remotePort)).size);
  });

  const attempts = (endpointId: string, number: number): Promise<{ error: string | null }[]> =>
    fleet.eventually(
      `SELECT a.error FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.endpoint_id = $1 AND a.number = $2`,
      [endpointId, number],
    );

  it('records an attempt at a name that was rebound to a private address as blocked_address, and tries again', async () => {
    names.has('rebound.example', { A: ['127.0.0.1'] });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/rebound', 'rebound.example'), RETRY_SOON);
    await fleet.publishTo(subscriberId, 1);
    expect(await attempts(id, 1)).toEqual([{ error: 'blocked_address' }]);
    expect(await attempts(id, 2)).toEqual([{ error: 'blocked_address' }]);
    names.has('rebound.example', { A: [OPEN] });
    await receiver.waitFor((r) => r.at('/rebound').length === 1);
  });

  it('keeps to what its tenant allows, as soon as that was changed', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/policy', OPEN), RETRY_SOON);
    await fleet.publishTo(subscriberId, 1);
    await receiver.waitFor((r) => r.at('/policy').length === 1);
    expect(await attempts(id, 1)).toEqual([{ error: null }]);
    const version = `SELECT version FROM endpoints WHERE id = $1`;
    const [before] = await fleet.database.query<{ version: number }>(version, [id]);
    await fleet.database.query('UPDATE tenants SET https_only = true WHERE id = $1', [fleet.tenantId]);
    const [after] = await fleet.database.query<{ version: number }>(version, [id]);
    expect(after?.version).toBe((before?.version ?? 0) + 1);
    await fleet.publishTo(subscriberId, 1);
    await fleet.eventually(
      `SELECT 1 FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.endpoint_id = $1 AND a.error = 'blocked_address'`,
      [id],
    );
    expect(receiver.at('/policy')).toHaveLength(1);
    await fleet.database.query('UPDATE tenants SET https_only = false WHERE id = $1', [fleet.tenantId]);
    await receiver.waitFor((r) => r.at('/policy').length === 2);
  });

  it('holds for the test of an endpoint too', async () => {
    const { id } = await fleet.endpoint(receiver.url('/tested', '127.0.0.1'));
    await new TestEndpoint(fleet.database, (ids) => {
      fleet.waker.wake(ids);
    }).test(fleet.tenantId, id, { type: 'a.test', payload: Buffer.from('{}') });
    expect(await attempts(id, 1)).toEqual([{ error: 'blocked_address' }]);
    await fleet.eventually(`SELECT 1 FROM deliveries WHERE endpoint_id = $1 AND reason = 'test_failed'`, [id]);
  });
});
