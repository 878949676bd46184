import type { Violation } from './checker/evidence.js';
import type { InjectedFault } from './injector/injector.js';

/** What a run comes to. */
export interface RunReport {
  readonly seed: number;
  readonly begunAt: string;
  readonly seconds: number;
  /** Events that a producer was told are accepted. */
  readonly accepted: number;
  /** Tries that were answered otherwise, or not at all: by status, or by what became of the connection. */
  readonly refused: Readonly<Record<string, number>>;
  readonly deliveries: number;
  readonly requests: number;
  /** Allowed ones. */
  readonly duplicates: number;
  readonly faults: readonly InjectedFault[];
  /** How long the harness stood still, each time it did for a second or more. */
  readonly standstillsMs: readonly number[];
  /** From the end of a round of faults until everything worked again by itself. */
  readonly longestRecoveryMs: number;
  readonly recoveries: readonly number[];
  readonly violations: readonly Violation[];
}

/** As a table for people: what was injected, how often, and what came of it. */
export function asMarkdown(report: RunReport): string {
  const { faults, violations } = report;
  const count = (...rules: string[]): string => number(violations.filter(({ rule }) => rules.includes(rule)).length);
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const own = faults.filter((fault) => fault.kind === kind);
    return `| ${kind} | ${number(own.length)} | ${seconds(Math.max(...own.map((fault) => recoveryOf(report, fault))))} |`;
  });
  return [
    `| | seed ${report.seed}, ${report.begunAt.slice(0, 10)} |`,
    '| --- | --- |',
    `| how long | ${Math.round(report.seconds / 60)} min |`,
    `| faults injected | ${number(faults.length)} |`,
    `| events accepted | ${number(report.accepted)} |`,
    `| tries refused or unanswered | ${number(Object.values(report.refused).reduce((sum, count) => sum + count, 0))} |`,
    `| deliveries | ${number(report.deliveries)} |`,
    `| lost | ${count('lost', 'stuck')} |`,
    `| states that contradict the receivers | ${count('contradiction', 'twice stored')} |`,
    `| caps exceeded | ${count('cap')} |`,
    `| out of order | ${count('order')} |`,
    `| duplicates that a death or an expired lease explains | ${number(report.duplicates)} |`,
    `| other duplicates | ${count('duplicate')} |`,
    `| other violations | ${count('signature', 'recovery', 'footprint', 'ended by itself')} |`,
    `| longest recovery | ${seconds(report.longestRecoveryMs)} |`,
    `| times the harness stood still for a second or more | ${number(report.standstillsMs.length)} |`,
    '',
    '| fault | times | longest recovery of a round with it |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const recoveryOf = ({ recoveries }: RunReport, { round }: InjectedFault): number => recoveries[round - 1] ?? 0;
const number = (value: number): string => value.toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
