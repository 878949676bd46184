import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the compiled harness, a program of its own, and answers with the report it wrote. Throws when it wrote none. */
export async function runMain<Report>(args: readonly string[], file: string): Promise<Report> {
  const out = await mkdtemp(join(tmpdir(), 'posthorn-faults-'));
  try {
    const stdio = ['ignore', 'inherit', 'inherit'] as const;
    const main = spawn(process.execPath, ['dist/test/faults/main.js', ...args, '--out', out], { stdio: [...stdio] });
    await once(main, 'exit');
    return JSON.parse(await readFile(join(out, file), 'utf8')) as Report;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
