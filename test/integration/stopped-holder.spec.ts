import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

const CAP = 20;
/** Longer than leases are: requests outlive them. */
const TIMEOUT_MS = 8_000;

describeEachBackend('a holder that is stopped with the whole cap in flight', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    const env = {
      ...{
        LEASE_MS: '1000',
        LEASE_RENEW_MS: '200',
        DUE_WAKES_MS: '50',
        QUEUE_LOCK_MS: '1000',
        QUEUE_STALLED_MS: '500',
      },
      // Wants everything from the first moment: only what Postgres has in its books keeps the next holder from it.
      FLOW_INITIAL_WINDOW: String(CAP),
    };
    fleet = await Fleet.start(backend, { dispatchers: 0, env });
  }, 30_000);

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('leaves the next one nothing of the cap for as long as its requests may last', async () => {
    receiver.answer('/stopped', { hang: true });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/stopped'), {
      concurrency: CAP,
      timeoutMs: TIMEOUT_MS,
    });
    const first = await fleet.addChild();
    await fleet.publishTo(subscriberId, 3 * CAP);
    await receiver.waitFor((r) => r.inFlight('/stopped') === CAP);
    first.signal('SIGSTOP');
    await fleet.addChild();
    const [taken] = await fleet.eventually<{ leaseUntil: Date }>(
      `SELECT lease_until AS "leaseUntil" FROM lanes WHERE endpoint_id = $1 AND epoch = 2 AND lease_until > now()`,
      [id],
    );
    // It has had time to send: its lease was renewed for a second. What it inherited is still counted.
    await fleet.eventually(
      `SELECT 1 FROM lanes WHERE endpoint_id = $1 AND epoch = 2 AND lease_until > $2::timestamptz + interval '1 s' AND inherited_until > now()`,
      [id, taken?.leaseUntil],
    );
    expect(receiver.inFlight('/stopped')).toBe(CAP);
    receiver.answer('/stopped', {});
    receiver.release();
    first.signal('SIGCONT');
    expect(await fleet.settled(30_000)).toEqual({ delivered: 3 * CAP });
    expect(receiver.maxInFlight('/stopped')).toBe(CAP);
  }, 60_000);
});
