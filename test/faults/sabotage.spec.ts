import type { Rule } from './checker/evidence.js';
import { runMain } from './run-main.js';
import type { SabotageReport } from './sabotage-run.js';

describe('the checker, when a rule of the product is broken on purpose', () => {
  let report: SabotageReport;

  beforeAll(async () => {
    report = await runMain<SabotageReport>(['--sabotage', 'all', '--seed', '1'], 'sabotage.json');
  }, 220_000);

  it('finds nothing while nothing is broken', () => {
    expect(report.nothing).toEqual([]);
  });

  it.each<[sabotage: string, rule: Rule]>([
    ['settle skipped', 'duplicate'],
    ['lease ignored', 'cap'],
    ['fence removed', 'duplicate'],
    ['wake-up and sweep off', 'stuck'],
    ['duplicate sent', 'duplicate'],
    ['`granted` not inherited', 'cap'],
    ['synchronous_commit off', 'lost'],
  ])('names it: %s (%s)', (sabotage, rule) => {
    expect(report[sabotage]?.map((violation) => violation.rule)).toContain(rule);
  });
});
