import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../simulate/random.js';
import { check } from './checker/checker.js';
import type { Violation } from './checker/evidence.js';
import { collectEvidence, settles } from './collect-evidence.js';
import { checkFootprints, measureFootprints } from './footprints.js';
import { between } from './injector/fault.js';
import { Injector, kindsLike } from './injector/injector.js';
import type { InjectedFault } from './injector/injector.js';
import { recovers } from './recovery.js';
import type { RunReport } from './report.js';
import { fellByThemselves } from './stack/falls.js';
import { now } from './settings.js';
import { Stack } from './stack/stack.js';
import { Standstills } from './standstills.js';
import { tellAttempts } from './tell-attempts.js';
import { endpointPlans } from './workload/endpoint-plan.js';
import { Workload } from './workload/workload.js';

export interface MixedRunOptions {
  readonly seed: number;
  /** Null: until every kind of fault has had its turn. */
  readonly minutes: number | null;
  /** 1: about 150 events a second. */
  readonly rate: number;
  /** How long outages last: 1 in a long run, less in CI. */
  readonly scale: number;
  /** Only kinds of faults whose name this matches. */
  readonly only: RegExp;
  /** Ends the faults before their time; what there is by then is judged. */
  readonly enough: AbortSignal;
  say(line: string): void;
}

const WARMS_UP_MS = 4_000;
const CALM_MS = { least: 100, most: 600 };
const SETTLES_AT_MOST_MS = 60_000;
/** A run of CI ends here whatever has had its turn. */
const ROUNDS_OF_CI_MS = 75_000;

/** Everything runs, something is always broken, and at the end the logs are compared. */
export async function mixedRun(options: MixedRunOptions): Promise<RunReport> {
  const { seed, say } = options;
  const random = seededRandom(seed);
  const begunAt = new Date();
  const stack = await Stack.start({ apis: 2, dispatchers: 3 });
  const workload = await Workload.start(stack, endpointPlans(options.rate), seededRandom(seed + 1));
  const standstills = new Standstills();
  try {
    workload.publisher.start();
    await delay(WARMS_UP_MS);
    const before = await measureFootprints(stack);
    const injector = new Injector({ stack, workload, scale: options.scale }, random, kindsLike(options.only));
    const rounds = await rage(options, { stack, workload, injector, random });
    await workload.publisher.stop();
    say('faults are over, waiting for what is pending');
    await settles(workload, SETTLES_AT_MOST_MS);
    const evidence = await collectEvidence(workload, [...injector.injected, ...standstills.windows]);
    const { violations, duplicates } = check(evidence);
    return {
      seed,
      begunAt: begunAt.toISOString(),
      seconds: Math.round((Date.now() - begunAt.getTime()) / 1_000),
      accepted: evidence.accepted.length,
      refused: countBy(workload.publisher.refused.map(({ how }) => how)),
      deliveries: evidence.endpoints.reduce((sum, { deliveries }) => sum + deliveries.length, 0),
      requests: evidence.endpoints.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
      duplicates,
      faults: injector.injected,
      standstillsMs: standstills.windows.map(({ from, until }) => Math.round(until - from)),
      longestRecoveryMs: Math.max(...rounds.map(({ tookMs }) => tookMs)),
      recoveries: rounds.map(({ tookMs }) => Math.round(tookMs)),
      violations: [
        ...(await tellAttempts(workload, evidence, violations)),
        ...rounds.flatMap(({ violation }) => violation ?? []),
        ...fellByThemselves(stack, injector.injected),
        ...(await checkFootprints(stack, before)),
      ],
    };
  } finally {
    standstills.stop();
    await workload.stop();
    await stack.stop();
  }
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

interface Actors {
  stack: Stack;
  workload: Workload;
  injector: Injector;
  random: () => number;
}

interface Round {
  readonly tookMs: number;
  readonly violation: Violation | null;
}

async function rage({ minutes, say, enough }: MixedRunOptions, actors: Actors): Promise<Round[]> {
  const { stack, workload, injector, random } = actors;
  const begun = now();
  const forMs = minutes === null ? ROUNDS_OF_CI_MS : minutes * 60_000;
  const rounds: Round[] = [];
  let leaving = workload.customers.find(({ plan }) => plan.leaves);
  while (!enough.aborted && now() - begun < forMs && !(minutes === null && injector.hasShownAll)) {
    const faults = await injector.inject();
    const since = Math.max(...faults.map(({ until }) => until));
    const { tookMs, missing, last } = await recovers(stack, workload, since);
    say(
      `${Math.round((now() - begun) / 1_000)} s: ${faults.map(describe).join(' + ')}: recovered in ${Math.round(tookMs)} ms, last ${last.join(', ')}`,
    );
    const what = `${missing.join(', ')} did not recover from ${faults.map(describe).join(' and ')}`;
    if (missing.length > 0) say(await describeLanes(workload, since));
    rounds.push({ tookMs, violation: missing.length === 0 ? null : { rule: 'recovery', what } });
    await delay(between(CALM_MS.least, CALM_MS.most, random));
    if (leaving && now() - begun > forMs / 3) {
      await workload.leave(leaving);
      leaving = undefined;
    }
  }
  return rounds;
}

/** For whoever looks for the cause: how the endpoints that got nothing say they are, and what they got last. */
async function describeLanes({ customers, direct, publisher }: Workload, since: number): Promise<string> {
  const lines = customers.map(async ({ plan, endpointId, receiver }) => {
    const { body } = await direct.call('GET', `/v1/endpoints/${endpointId}/health`);
    const lately = (times: readonly { at: number }[]): string =>
      times
        .slice(-8)
        .map(({ at }) => Math.round(at - since))
        .join(' ');
    const published = publisher.accepted.filter(({ stream }) => stream === plan.uid);
    return `${plan.uid}: received ${lately(receiver.arrivals)}; published ${lately(published)}; ${JSON.stringify(body)}`;
  });
  return (await Promise.all(lines)).join('\n');
}

const describe = ({ kind, on, from, until, remark }: InjectedFault): string =>
  `${kind} (${on}, ${Math.round(until - from)} ms${remark === null ? '' : `, ${remark}`})`;
