import { describeOnRedis, startReceiver } from '#testing';
import type { Receiver } from '#testing';
import { Fleet } from '../../fleet/fleet.js';
import { passes } from '../../fleet/real-time.js';
import { localPorts } from '../process-sockets.js';

const ENDPOINTS = 60;
const DELAY_MS = 80;
const CAP = 2;
/** More than 40 s of work: each lane sends 25 a second. */
const EVENTS_EACH = 1_000;
const LOOKS_FROM_MS = 20_000;
const LOOKS_FOR_MS = 10_000;

describeOnRedis('a second dispatcher', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 0 });
  }, 30_000);

  afterAll(async () => {
    await fleet.stop();
    await receiver.close();
  }, 60_000);

  it('beside a busy one carries 35 to 65 % of the requests within 20 seconds', async () => {
    const endpoints = await Promise.all(
      Array.from({ length: ENDPOINTS }, (_, n) => fleet.endpoint(receiver.url(`/share-${n}`), { concurrency: CAP })),
    );
    for (const n of endpoints.keys()) receiver.answer(`/share-${n}`, { delayMs: DELAY_MS });
    for (const { subscriberId } of endpoints) await fleet.publishTo(subscriberId, EVENTS_EACH);
    const first = await fleet.addChild();
    await receiver.waitFor((r) => Array.from(endpoints.keys()).every((n) => r.at(`/share-${n}`).length > 0), 30_000);
    const second = await fleet.addChild();
    await passes(LOOKS_FROM_MS);

    // Connections are kept alive, so a port seen at any second of the ten belongs to the requests of all ten.
    const ports: [Set<number>, Set<number>] = [new Set(), new Set()];
    const from = receiver.requests.length;
    for (let ms = 0; ms < LOOKS_FOR_MS; ms += 1_000) {
      for (const [n, child] of [first, second].entries())
        for (const port of await localPorts(child.pid)) ports[n]?.add(port);
      await passes(1_000);
    }
    const seen = receiver.requests.slice(from);
    const [one, two] = ports.map((own) => seen.filter(({ remotePort }) => own.has(remotePort)).length) as [
      number,
      number,
    ];
    process.stderr.write(`second dispatcher: ${one} and ${two} of ${seen.length} requests\n`);
    expect(seen.length).toBeGreaterThan(((ENDPOINTS * CAP * LOOKS_FOR_MS) / DELAY_MS) * 0.4);
    // Both together are all of them, each once: so the ports tell the processes apart.
    expect(Math.abs(one + two - seen.length)).toBeLessThan(seen.length * 0.05);
    expect(two / (one + two)).toBeGreaterThanOrEqual(0.35);
    expect(two / (one + two)).toBeLessThanOrEqual(0.65);
  }, 120_000);
});
