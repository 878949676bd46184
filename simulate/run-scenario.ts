import { SECOND } from '#core';
import { Measurements } from './measurements.js';
import type { Figures } from './measurements.js';
import { PlainSender } from './plain-sender.js';
import { PosthornLane } from './posthorn-lane.js';
import { seededRandom } from './random.js';
import type { Phase, Scenario } from './scenario.js';
import type { Sender, SenderWorld } from './sender.js';
import { VirtualTime } from './virtual-time.js';

const SENDERS: Readonly<Record<'posthorn' | 'plain', new (world: SenderWorld) => Sender>> = {
  posthorn: PosthornLane,
  plain: PlainSender,
};

/** One sender through one scenario, from the first event until everything is settled (or until then). The same seed, the same figures. */
export function runScenario(scenario: Scenario, sender: keyof typeof SENDERS, seed: number, until?: number): Figures {
  const time = new VirtualTime();
  const measurements = new Measurements(scenario);
  const endpoint = scenario.endpoint(seededRandom(seed));
  const { concurrency } = scenario;
  const sending = new SENDERS[sender]({ time, endpoint, measurements, random: seededRandom(seed + 1), concurrency });
  publish(scenario.arrivals, time, sending);
  time.run(until);
  return measurements.figures();
}

/** An event every so often, phase after phase; only the next one is on the agenda. */
function publish(phases: readonly Phase[], time: VirtualTime, sender: Sender): void {
  const [phase, ...later] = phases;
  if (!phase) return;
  const ends = time.now + phase.forMs;
  const everyMs = SECOND / phase.perSecond;
  const next = (): void => {
    if (time.now >= ends) {
      publish(later, time, sender);
      return;
    }
    sender.publish();
    time.at(Math.min(time.now + everyMs, ends), next);
  };
  time.at(time.now, next);
}
