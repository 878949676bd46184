import { Explorer } from './explore.js';
import type { Explored } from './explore.js';
import { laneModel } from './lane-model.js';
import type { Start } from './lane-model.js';
import { ALL_RULES, without } from './rules.js';
import type { Rule } from './rules.js';

interface Scenario extends Start {
  describes: string;
  cap: number;
  sweep: boolean;
  hangs: boolean;
}

/** Small worlds, each as small as its rules allow, walked to the end. */
export const SCENARIOS = {
  wakes: {
    describes:
      'no fault and no sweep: one delivery, published at any time, whose request may fail once, and a second wake or a hand-over at any time',
    ...{
      cap: 1,
      deliveries: 1,
      published: false,
      faults: 0,
      spare: 1,
      slow: 0,
      failures: 1,
      sweep: false,
      hangs: false,
      settles: true,
    },
  },
  slow: {
    describes: 'no fault and no sweep: the same, and instead a holder that is once too slow to renew',
    ...{
      cap: 1,
      deliveries: 1,
      published: false,
      faults: 0,
      spare: 0,
      slow: 1,
      failures: 1,
      sweep: false,
      hangs: false,
      settles: true,
    },
  },
  faults: {
    describes:
      'with the sweep: one delivery, and one fault at any moment: kill -9, SIGSTOP, a lost wake, an emptied queue, a lost answer',
    ...{
      cap: 1,
      deliveries: 1,
      published: false,
      faults: 1,
      spare: 0,
      slow: 0,
      failures: 0,
      sweep: true,
      hangs: false,
      settles: true,
    },
  },
  takeovers: {
    describes:
      'one delivery under a cap of 1, a receiver that never answers, and two holders in a row that are too slow to renew',
    ...{
      cap: 1,
      deliveries: 1,
      published: true,
      faults: 0,
      spare: 0,
      slow: 2,
      failures: 0,
      sweep: false,
      hangs: true,
      settles: false,
    },
  },
  grants: {
    describes: 'two deliveries under a cap of 2, a receiver that never answers, and a holder that is too slow to renew',
    ...{
      cap: 2,
      deliveries: 2,
      published: true,
      faults: 0,
      spare: 0,
      slow: 1,
      failures: 0,
      sweep: false,
      hangs: true,
      settles: false,
    },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Where the rule is missed. */
export const MISSED_IN: Record<Rule, ScenarioName> = {
  acquireLeavesHeldLanes: 'wakes',
  knock: 'wakes',
  knockInTheSameStatement: 'wakes',
  releaseAnswersTheKnock: 'wakes',
  joinsNoEarlierAcquisition: 'wakes',
  lostLaneIsWoken: 'slow',
  releaseGoesOnWhenDue: 'wakes',
  releaseWritesWakeAt: 'wakes',
  handOverIsWoken: 'wakes',
  queueKeepsTheLastWake: 'wakes',
  renewByEpoch: 'slow',
  releaseByEpoch: 'takeovers',
  fence: 'slow',
  fenceAtTheLastMoment: 'slow',
  fenceCountsFromSending: 'slow',
  grantBeforeUse: 'grants',
  lessFromAskingOn: 'grants',
  grantIsInherited: 'grants',
  inheritanceIsPassedOn: 'takeovers',
  inheritedForTheTimeout: 'grants',
  settleByEpoch: 'slow',
  settleLocksTheLane: 'slow',
  sweep: 'faults',
  sweepOutsideTheQueue: 'faults',
};

/** Walks that world with all rules, or with one of them taken out. */
export function exploreScenario(name: ScenarioName, taken: readonly Rule[] = []): Explored {
  const { cap, sweep, hangs, ...start } = SCENARIOS[name];
  const rules = taken.length > 0 ? without(...taken) : ALL_RULES;
  return new Explorer(laneModel({ rules, cap, sweep, hangs }, start)).explore();
}
