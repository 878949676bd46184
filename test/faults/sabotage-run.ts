import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../simulate/random.js';
import { mostInFlight } from './checker/caps.js';
import { check } from './checker/checker.js';
import type { Violation } from './checker/evidence.js';
import { collectEvidence, settles } from './collect-evidence.js';
import { LEASE_MS, now } from './settings.js';
import { Stack } from './stack/stack.js';
import type { Member } from './stack/stack.js';
import type { EndpointPlan } from './workload/endpoint-plan.js';
import type { FaultWindow } from './workload/logs.js';
import { Workload } from './workload/workload.js';

/** What is published while a rule is broken, and what is done to the processes. */
interface Sabotage {
  readonly plans: readonly EndpointPlan[];
  readonly publishesMs: number;
  readonly befalls: (dispatchers: readonly Member[], workload: Workload) => Promise<FaultWindow[]>;
}

/** Nothing is broken: the checker must find nothing. */
export const INTACT = 'nothing';
/** Not of Posthorn but of its Postgres: what it says is committed is not yet on the disk. */
export const COMMITS_UNSAFE = 'synchronous_commit off';
const PUBLISHES_MS = 2_000;

/** By what it was that was broken: what the checker found. */
export type SabotageReport = Readonly<Record<string, readonly Violation[]>>;

/** With a rule broken it may never end; longer than a sweep, so that what is stuck then would not have been found. */
const SETTLES_AT_MOST_MS = 5_000;
/** Without sabotage everything has to end well, and an expired holder's requests have to be waited for. */
const ENDS_WELL_WITHIN_MS = 40_000;
const READY_WITHIN_MS = 30_000;
const plain = { timeoutMs: 3_000, heals: true, ordering: 'none', status: () => 200 } as const;
const several = (count: number, plan: (n: number) => EndpointPlan): EndpointPlan[] =>
  Array.from({ length: count }, (_, n) => plan(n));
const calm = (n: number): EndpointPlan => {
  return { ...plain, uid: `calm-${n}`, concurrency: 5, perSecond: 20, delayMs: () => 5 };
};
const BUSY_TIMEOUT_MS = 1_500;
/** More is published than it takes: it always has something claimed and not yet sent. */
const busy = (n: number): EndpointPlan => {
  const timeoutMs = BUSY_TIMEOUT_MS;
  return { ...plain, uid: `busy-${n}`, timeoutMs, concurrency: 2, perSecond: 70, delayMs: () => 40 };
};
/** Its requests outlive a lease. */
const slow = (n: number): EndpointPlan => {
  const delayMs = (): number => 4 * LEASE_MS;
  return { ...plain, uid: `slow-${n}`, timeoutMs: 5 * LEASE_MS, concurrency: 2, perSecond: 1.6, delayMs };
};
/** Endpoints of other runs are there too: nothing is for all of them. */
const ALONE = { broadcasts: false };
const nothing = (): Promise<FaultWindow[]> => Promise.resolve([]);

/** A dispatcher is stopped past its leases, another takes over, and it goes on. */
async function stop({ app }: Member, meanwhile: Promise<unknown>): Promise<FaultWindow> {
  const from = now();
  app.signal('SIGSTOP');
  await meanwhile;
  app.signal('SIGCONT');
  return { kind: 'SIGSTOP', on: app.name, from, until: now(), effect: 'stop', endpoints: null };
}

async function stopEach(dispatchers: readonly Member[]): Promise<FaultWindow[]> {
  const windows: FaultWindow[] = [];
  for (const dispatcher of dispatchers) windows.push(await stop(dispatcher, delay(1.8 * LEASE_MS)));
  return windows;
}

/** Until whoever took the first one's lanes has sent what that one had claimed. */
async function stopFirst([first]: readonly Member[], workload: Workload): Promise<FaultWindow[]> {
  return first ? [await stop(first, othersSend(workload))] : [];
}

/** Until whoever took the first one's lanes has sent more than they may take. */
async function stopFirstUntilHarm([first]: readonly Member[], workload: Workload): Promise<FaultWindow[]> {
  return first ? [await stop(first, harm(workload))] : [];
}

async function harm({ customers }: Workload): Promise<void> {
  const until = now() + 4 * LEASE_MS;
  const isHarmed = ({ plan, receiver }: Workload['customers'][number]): boolean =>
    mostInFlight(receiver) > plan.concurrency;
  while (!customers.some(isHarmed) && now() < until) await delay(50);
}

const CLAIMED_AHEAD = 20;
const OTHERS_SEND_WITHIN_MS = 20_000;

async function othersSend({ customers, publisher }: Workload): Promise<void> {
  const leaseEnd = now() + LEASE_MS;
  const isSent = ({ plan, receiver: { arrivals } }: Workload['customers'][number]): boolean =>
    arrivals.filter(({ at }) => at > leaseEnd).length >= CLAIMED_AHEAD ||
    arrivals.length >= publisher.accepted.filter(({ stream }) => stream === plan.uid).length;
  while (!customers.every(isSent) && now() < leaseEnd + OTHERS_SEND_WITHIN_MS) await delay(50);
}

const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  [INTACT]: { plans: [...several(4, busy), slow(0), calm(0)], publishesMs: 2_000, befalls: stopEach },
  'settle skipped': { plans: several(2, calm), publishesMs: 2_000, befalls: nothing },
  'lease ignored': { plans: several(8, slow), publishesMs: 4_000, befalls: nothing },
  'fence removed': { plans: several(8, busy), publishesMs: 2_500, befalls: stopFirst },
  'wake-up and sweep off': { plans: several(1, calm), publishesMs: 1_000, befalls: nothing },
  'duplicate sent': { plans: several(2, calm), publishesMs: 2_000, befalls: nothing },
  '`granted` not inherited': { plans: several(6, slow), publishesMs: 2_500, befalls: stopFirstUntilHarm },
};

/** Breaks one rule of the product after the other and hands each run to the checker. */
export async function sabotageRun(
  seed: number,
  only: string | null,
  say: (line: string) => void,
): Promise<SabotageReport> {
  const stack = await Stack.start({ apis: 0, dispatchers: 0 });
  const report: Record<string, readonly Violation[]> = {};
  try {
    for (const [name, sabotage] of Object.entries(SABOTAGES)) {
      if (only !== null && only !== name) continue;
      const begun = now();
      report[name] = await runOne(stack, name, sabotage, seed);
      const found = [...new Set(report[name].map(({ rule }) => rule))].join(', ');
      say(`${name}: ${found === '' ? 'nothing' : found} (${Math.round(now() - begun)} ms)`);
    }
    if (only === null || only === COMMITS_UNSAFE) report[COMMITS_UNSAFE] = await commitsUnsafely(seed);
    return report;
  } finally {
    await stack.stop();
  }
}

async function runOne(stack: Stack, name: string, sabotage: Sabotage, seed: number): Promise<Violation[]> {
  const env: Record<string, string> = name === INTACT ? {} : { FAULTS_SABOTAGE: name };
  const { publishesMs, befalls } = sabotage;
  const ownName = (uid: string): string => `${Object.keys(SABOTAGES).indexOf(name)}-${uid}`;
  const plans = sabotage.plans.map((plan) => ({ ...plan, uid: ownName(plan.uid) }));
  const members = await Promise.all([
    stack.add('api', 'api-1', env),
    stack.add('dispatcher', 'dispatcher-1', env),
    stack.add('dispatcher', 'dispatcher-2', env),
  ]);
  await stack.allReady(READY_WITHIN_MS);
  const workload = await Workload.start(stack, plans, seededRandom(seed), ALONE);
  try {
    workload.publisher.start();
    await delay(publishesMs);
    await workload.publisher.stop();
    const faults = await befalls(stack.of('dispatcher'), workload);
    await settles(workload, name === INTACT ? ENDS_WELL_WITHIN_MS : SETTLES_AT_MOST_MS);
    return [...check(await collectEvidence(workload, faults)).violations];
  } finally {
    await workload.stop();
    await Promise.all(members.map((member) => stack.remove(member)));
  }
}

/** Postgres crashes while it is published, and forgets what it had said was committed. */
async function commitsUnsafely(seed: number): Promise<Violation[]> {
  const settings = ['synchronous_commit=off', 'wal_writer_delay=10s'];
  const stack = await Stack.start({ apis: 1, dispatchers: 1, postgresSettings: settings });
  const workload = await Workload.start(stack, [calm(0), busy(0)], seededRandom(seed), ALONE);
  try {
    workload.publisher.start();
    await delay(PUBLISHES_MS);
    const from = now();
    await stack.postgres.crash();
    await stack.postgresAgain();
    const faults: FaultWindow[] = [
      { kind: 'Postgres restarted', on: 'postgres', from, until: now(), effect: 'outage', endpoints: null },
    ];
    await workload.publisher.stop();
    await stack.allReady(READY_WITHIN_MS);
    await settles(workload, SETTLES_AT_MOST_MS);
    return [...check(await collectEvidence(workload, faults)).violations];
  } finally {
    await workload.stop();
    await stack.stop();
  }
}
