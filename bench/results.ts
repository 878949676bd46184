import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ScenarioReport } from './report.js';

/** Not in git: figures of one machine at one time. */
const DIRECTORY = resolve('bench/results');

/** Name of a run: its time, fit for a file name. */
export function runName(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(':', '');
}

export async function writeResult(run: string, report: ScenarioReport): Promise<string> {
  await mkdir(DIRECTORY, { recursive: true });
  const file = join(DIRECTORY, `${run}-${report.scenario.name}.json`);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

/** Where a profiled run leaves its profiles. */
export async function profileDirectory(run: string): Promise<string> {
  const directory = join(DIRECTORY, `${run}-profiles`);
  await mkdir(directory, { recursive: true });
  return directory;
}
