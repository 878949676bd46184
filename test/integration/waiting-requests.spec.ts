import { describeOnRedis, startReceiver } from '#testing';
import type { Answer, Receiver } from '#testing';
import { NameServer } from '../dns/name-server.js';
import { Fleet } from '../fleet/fleet.js';

describeOnRedis('a request that waits for its connection', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;
  let names: NameServer;

  beforeAll(async () => {
    receiver = await startReceiver();
    names = await NameServer.start();
    const env = { LEASE_RENEW_MS: '200', DUE_WAKES_MS: '50', EGRESS_DNS_SERVERS: names.address };
    fleet = await Fleet.start(backend, { dispatchers: 1, env });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
    await names.stop();
  });

  /** The first connection comes at once; resolves when a second one is wanted, with what lets it come. */
  const secondConnection = (host: string): Promise<() => void> =>
    new Promise((resolve) => {
      const there = { A: ['127.0.0.1'] };
      let connections = 0;
      const second = new Promise<typeof there>((connect) => {
        names.has(host, (question) => {
          if (question === 'AAAA') return {};
          connections += 1;
          if (connections === 1) return there;
          resolve(() => {
            connect(there);
          });
          return second;
        });
      });
    });

  /** A lane that has one connection and uses it, while another request waits for a second one. */
  const waitingLane = async (name: string, answer: (n: number) => Answer, events: number) => {
    receiver.answer(`/${name}`, (_, n) => answer(n));
    const connection = secondConnection(`${name}.example`);
    const url = receiver.url(`/${name}`).replace('127.0.0.1', `${name}.example`);
    const { id, subscriberId } = await fleet.endpoint(url, { concurrency: 2 });
    await fleet.publishTo(subscriberId, events);
    const connect = await connection;
    const released = () => fleet.eventually('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND holder IS NULL', [id]);
    const paused = (reason: string) =>
      fleet.eventually('SELECT 1 FROM lanes WHERE endpoint_id = $1 AND pause_reason = $2 AND holder IS NOT NULL', [
        id,
        reason,
      ]);
    return { id, connect, released, paused };
  };

  it('is not written when the receiver has asked for a pause meanwhile', async () => {
    const throttled = { hang: true, status: 429, headers: { 'retry-after': '3600' } };
    const { connect, released, paused } = await waitingLane('throttles', (n) => (n === 1 ? throttled : {}), 3);
    await receiver.waitFor((r) => r.at('/throttles').length === 2);
    receiver.release();
    await paused('retry_after');
    connect();
    await released();
    expect(receiver.at('/throttles')).toHaveLength(2);
  });

  it('is not written when the breaker has opened meanwhile', async () => {
    const { connect, released, paused } = await waitingLane('rejects', (n) => (n === 0 ? {} : { status: 404 }), 60);
    await paused('breaker');
    const before = receiver.at('/rejects').length;
    connect();
    await released();
    expect(receiver.at('/rejects')).toHaveLength(before);
  });

  it('is not written when somebody has paused the endpoint meanwhile', async () => {
    const { id, connect, released } = await waitingLane('stands', (n) => (n === 1 ? { hang: true } : {}), 3);
    await receiver.waitFor((r) => r.at('/stands').length === 2);
    await fleet.change(id, `state = 'paused'`);
    await fleet.database.query('SELECT pg_sleep(1)');
    connect();
    receiver.release();
    await released();
    expect(receiver.at('/stands')).toHaveLength(2);
  });
});
