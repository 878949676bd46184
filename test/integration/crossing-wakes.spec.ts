import { HoldLanes, LeaseDesk } from '#delivery';
import { describeEachBackend, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

/** Much less than the sweep would take, which finds everything in the end. */
const SOON_MS = 5_000;

describeEachBackend('a wake', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
  });

  afterEach(() => {
    for (const held of holds.splice(0)) held.goOn();
    receiver.release();
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  });

  it('that is refused because its own process still holds the lane, and hears so after the release, is not forgotten', async () => {
    const { subscriberId } = await fleet.endpoint(receiver.url('/crossing'));
    const release = hold(LeaseDesk.prototype, 'release', 'before');
    await fleet.publishTo(subscriberId, 1);
    await release.reached; // the lane is drained, and its process is about to say so
    const acquire = hold(LeaseDesk.prototype, 'acquire', 'after');
    await fleet.publishTo(subscriberId, 1);
    await acquire.reached; // refused
    release.goOn();
    await release.done;
    acquire.goOn();
    await receiver.waitFor((r) => r.at('/crossing').length === 2, SOON_MS);
  });

  it('that reaches a lane which is lost, and nobody’s by now, is not forgotten', async () => {
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/lost'));
    receiver.answer('/lost', { hang: true });
    await fleet.publishTo(subscriberId, 1);
    await receiver.waitFor((r) => r.at('/lost').length === 1);
    const renew = hold(LeaseDesk.prototype, 'renew', 'before');
    await renew.reached; // from now on the holder hears nothing of its lease
    await fleet.database.query(
      'UPDATE lanes SET epoch = epoch + 1, holder = NULL, lease_until = NULL WHERE endpoint_id = $1',
      [id],
    );
    receiver.answer('/lost', {});
    const woken = hold(HoldLanes.prototype, 'lane', 'before');
    await fleet.publishTo(subscriberId, 1);
    await woken.reached;
    woken.goOn();
    await receiver.waitFor((r) => r.at('/lost').length === 2, SOON_MS);
  });
});

interface Held {
  /** The first call has come so far. */
  reached: Promise<void>;
  /** The first call has its answer. */
  done: Promise<void>;
  goOn(): void;
}

const holds: Held[] = [];

/** Keeps the calls waiting before the method runs, or before its answer is heard. */
function hold<T extends object>(prototype: T, method: keyof T & string, where: 'before' | 'after'): Held {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  let finish = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const done = new Promise<void>((resolve) => (finish = resolve));
  const original = prototype[method] as (...args: unknown[]) => Promise<unknown>;
  const wait = (): Promise<void> => {
    reach();
    return opened;
  };
  jest.spyOn(prototype as Record<string, typeof original>, method).mockImplementation(async function (
    this: unknown,
    ...args
  ) {
    if (where === 'before') await wait();
    const answer = await original.apply(this, args);
    if (where === 'after') await wait();
    finish();
    return answer;
  });
  const held = { reached, done, goOn: () => open() };
  holds.push(held);
  return held;
}
