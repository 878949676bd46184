import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOTS = ['apps/', 'libs/', 'migrations', 'test', 'bench', 'docs/'];

/** Paths in backticks; those that begin without a root continue the folder of the one before, as the text reads. */
function pathsIn(file: string): string[] {
  const mentioned = [...readFileSync(file, 'utf8').matchAll(/`([\w./-]+\.ts|[\w/-]+)`/g)].map(([, path]) => path ?? '');
  const found: string[] = [];
  let folder = '';
  for (const path of mentioned) {
    const rooted = ROOTS.some((root) => path.startsWith(root));
    if (rooted) found.push(path);
    else if (path.endsWith('.ts'))
      found.push(path.includes('/') ? join('libs/delivery/src', path) : join(folder, path));
    if (path.endsWith('.ts')) folder = dirname(found.at(-1) ?? '');
  }
  return found;
}

describe.each(['docs/life-of-an-event.md', 'README.md'])('%s', (file) => {
  it('names only files and folders that are there', () => {
    const paths = pathsIn(file);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('docs/life-of-an-event.md', () => {
  it('leaves out no step of the path', () => {
    const text = readFileSync('docs/life-of-an-event.md', 'utf8');
    for (const step of [
      'publish-events.ts',
      'hold-lanes.ts',
      'lane.ts',
      'attempt-delivery.ts',
      'settlement.ts',
      'settle-desk.ts',
      'resend-delivery.ts',
    ]) {
      expect(text).toContain(step);
    }
  });
});
