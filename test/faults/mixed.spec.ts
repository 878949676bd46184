import { printedSeed } from '../fleet/printed-seed.js';
import type { Rule } from './checker/evidence.js';
import type { RunReport } from './report.js';
import { runMain } from './run-main.js';

describe('while processes, Postgres, Redis, lines, receivers and clocks fail, singly and together', () => {
  let report: RunReport;

  const found = (...rules: Rule[]): string[] =>
    report.violations.filter(({ rule }) => rules.includes(rule)).map(({ what }) => what);

  beforeAll(async () => {
    report = await runMain<RunReport>(['--seed', String(printedSeed())], 'faults.json');
  }, 220_000);

  it('every event that was accepted ends in one visible state at each endpoint, and none twice', () => {
    expect(found('lost', 'stuck', 'twice stored')).toEqual([]);
  });

  it('no state contradicts what the receivers saw', () => {
    expect(found('contradiction')).toEqual([]);
  });

  it('every cap is kept, as the receivers count', () => {
    expect(found('cap')).toEqual([]);
  });

  it('ordered endpoints receive in the order of the 202s', () => {
    expect(found('order')).toEqual([]);
  });

  it('only what was in flight when a process died or a lease ran out is sent twice', () => {
    expect(found('duplicate')).toEqual([]);
  });

  it('every request carries a valid signature of this moment', () => {
    expect(found('signature')).toEqual([]);
  });

  it('everything recovers by itself within lease, time-out and 15 s', () => {
    expect(found('recovery', 'ended by itself')).toEqual([]);
  });

  it('memory and handles return to where they were', () => {
    expect(found('footprint')).toEqual([]);
  });

  // Else all of the above would show nothing.
  it('and a good deal of it happened', () => {
    expect(report.faults.length).toBeGreaterThan(5);
    expect(report.accepted).toBeGreaterThan(2_000);
  });
});
