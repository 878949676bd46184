import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach } from './reachable.js';

const STRANGER = { uid: 54321, gid: 54321 };

describe('canReach', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'posthorn-reach-'));
    await mkdir(join(directory, 'inner'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    [0o700, false],
    [0o711, true],
    [0o744, false],
    [0o755, true],
  ])('asks every directory above the path, here one of mode %o', async (mode, reachable) => {
    await chmod(directory, mode);
    expect(await canReach(join(directory, 'inner', 'data'), STRANGER)).toBe(reachable);
  });
});
