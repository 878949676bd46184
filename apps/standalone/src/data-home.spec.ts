import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataHome } from './data-home.js';

describe('the data home', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'posthorn-home-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('remembers what the first start made', async () => {
    const first = await openDataHome(join(parent, 'home'));
    await first.remember({ postgres: { ...first.remembered.postgres, port: 4711 } });
    await first.leave();
    const second = await openDataHome(join(parent, 'home'));
    expect(second.remembered).toEqual(first.remembered);
    expect(second.remembered.postgres.port).toBe(4711);
  });

  it('writes files for this user only, also over an open one', async () => {
    const home = await openDataHome(parent);
    await writeFile(join(parent, 'dev.json'), 'old', { mode: 0o644 });
    await home.write('dev.json', 'new');
    const modes = await Promise.all(
      ['dev.json', 'secrets.json'].map(async (name) => (await stat(join(parent, name))).mode & 0o777),
    );
    expect([modes, await readFile(join(parent, 'dev.json'), 'utf8')]).toEqual([[0o600, 0o600], 'new']);
  });

  it('is not given to a second launcher, but is after the first was killed', async () => {
    await openDataHome(parent);
    await writeFile(join(parent, 'launcher.pid'), '999999999');
    await expect(openDataHome(parent)).resolves.toBeDefined();
    await writeFile(join(parent, 'launcher.pid'), '1'); // lives, but is no launcher
    await expect(openDataHome(parent)).resolves.toBeDefined();
  });

  it('says what to do about a file it cannot read', async () => {
    await writeFile(join(parent, 'secrets.json'), '{');
    await expect(openDataHome(parent)).rejects.toThrow(/restore it, or remove its directory/);
  });
});
