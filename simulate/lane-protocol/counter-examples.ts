import { RULES } from './rules.js';
import type { Rule } from './rules.js';
import { exploreScenario, MISSED_IN, SCENARIOS } from './scenarios.js';
import type { ScenarioName } from './scenarios.js';

/** What goes wrong without that rule, as a section of the document. */
function counterExampleOf(rule: Rule): string {
  const { counterExample } = exploreScenario(MISSED_IN[rule], [rule]);
  if (!counterExample) throw new Error(`nothing goes wrong without ${rule}`);
  const { steps, violation } = counterExample;
  const world = MISSED_IN[rule];
  return [
    `### ${rule}`,
    `${RULES[rule]} Without it, in the world \`${world}\`:`,
    steps.map((text, n) => `${n + 1}. ${text}`).join('\n'),
    `**So ${violation}.**`,
  ].join('\n\n');
}

/** In the order of the rules: what stands in the document from its mark on. */
export const counterExamples = (): string[] => (Object.keys(RULES) as Rule[]).map(counterExampleOf);

export const describeScenario = (name: ScenarioName): string => `\`${name}\`: ${SCENARIOS[name].describes}`;
