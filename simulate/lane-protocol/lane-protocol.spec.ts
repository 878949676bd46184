import { readFileSync } from 'node:fs';
import { counterExamples } from './counter-examples.js';
import { DOCUMENT, printedPart } from './document.js';
import { RULES } from './rules.js';
import { exploreScenario, SCENARIO_NAMES } from './scenarios.js';

describe('the lane protocol, in every interleaving', () => {
  it.each(SCENARIO_NAMES)(
    'keeps one holder, the cap, the current epoch, and loses no wake: %s',
    (name) => {
      const { counterExample, states } = exploreScenario(name);
      expect(counterExample).toBeNull();
      expect(states).toBeGreaterThan(1_000);
    },
    120_000,
  );

  // counterExamples() throws for a rule without which nothing breaks.
  it('breaks without any one of its rules, as documented', () => {
    const found = counterExamples();
    expect(found).toHaveLength(Object.keys(RULES).length);
    expect(printedPart(readFileSync(DOCUMENT, 'utf8'))).toBe(found.join('\n\n'));
  }, 120_000);
});
