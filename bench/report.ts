import type { Round } from './run-scenario.js';
import type { Scenario } from './scenarios.js';
import { spreadOf } from './statistics.js';
import type { Spread } from './statistics.js';

/** What a scenario comes to; also the JSON file. */
export interface ScenarioReport {
  readonly scenario: Scenario;
  readonly queue: 'redis' | 'postgres';
  readonly ratio: Spread;
  readonly deliveriesPerSecond: Spread;
  readonly bareRequestsPerSecond: Spread;
  /** Microseconds, median over the rounds, by process. */
  readonly cpuPerDelivery: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
}

export function reportOf(scenario: Scenario, queue: 'redis' | 'postgres', rounds: readonly Round[]): ScenarioReport {
  return {
    ...{ scenario, queue, rounds },
    ratio: spreadOf(rounds.map((round) => round.ratio)),
    deliveriesPerSecond: spreadOf(rounds.map((round) => round.system.deliveriesPerSecond)),
    bareRequestsPerSecond: spreadOf(rounds.map((round) => round.bare.requestsPerSecond)),
    cpuPerDelivery: {
      ...medians(rounds.map((round) => ({ bare: round.bare.cpuPerDelivery.bare ?? 0 }))),
      ...medians(rounds.map((round) => round.system.cpuPerDelivery)),
    },
  };
}

/** The report as lines for a terminal. */
export function linesOf(report: ScenarioReport): string[] {
  const { scenario, ratio, deliveriesPerSecond, bareRequestsPerSecond, cpuPerDelivery, rounds } = report;
  const cpu = Object.entries(cpuPerDelivery).map(([name, us]) => `${name} ${us.toFixed(0)}`);
  const expected = scenario.expected === null ? '' : `, expected ${String(scenario.expected)}`;
  const connections = spreadOf(rounds.map(({ system }) => system.connections));
  const bareConnections = spreadOf(rounds.map(({ bare }) => bare.connections));
  return [
    `${scenario.name}: ${scenario.describes}; ${String(scenario.events)} events a round, queue on ${report.queue}`,
    `  ratio        ${shown(ratio, 3)}${expected}`,
    `  Posthorn     ${shown(deliveriesPerSecond, 0)} deliveries/s, ${shown(connections, 0)} connections`,
    `  bare loop    ${shown(bareRequestsPerSecond, 0)} requests/s, ${shown(bareConnections, 0)} connections`,
    `  CPU          ${cpu.join(', ')} (µs a delivery)`,
  ];
}

function shown({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}

function medians(rounds: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(rounds.map((round) => round[name] ?? 0)).median]));
}
