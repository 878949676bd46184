import { readFileSync } from 'node:fs';
import { counterExampleOf, counterExamples } from './counter-examples.js';
import { DOCUMENT, printedPart } from './document.js';
import { RULES } from './rules.js';
import type { Rule } from './rules.js';
import { exploreScenario, SCENARIO_NAMES } from './scenarios.js';

describe('the lane protocol, in every interleaving', () => {
  it.each(SCENARIO_NAMES)(
    'keeps one holder, the cap, the current epoch, and loses no wake: %s',
    (name) => {
      const { counterExample, states } = exploreScenario(name);
      expect(counterExample).toBeNull();
      expect(states).toBeGreaterThan(1_000);
    },
    60_000,
  );

  it.each(Object.keys(RULES) as Rule[])(
    'breaks without %s',
    (rule) => {
      expect(counterExampleOf(rule)).toContain('**So ');
    },
    60_000,
  );

  it('is documented with the counter-examples that the model finds', () => {
    expect(printedPart(readFileSync(DOCUMENT, 'utf8'))).toBe(counterExamples());
  }, 60_000);
});
