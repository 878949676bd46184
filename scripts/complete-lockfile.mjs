// Lists in package-lock.json the native builds for other platforms that the registry at hand did not answer for, and that npm
// therefore left out: `npm ci` refuses a lock file without them. They carry no hash, and are installed on their platform only.
//   node scripts/complete-lockfile.mjs     after every `npm install`; scripts/check-lockfile.mjs says when it is due
import { readFileSync, writeFileSync } from 'node:fs';
import { missingPlatformBuilds } from './lockfile.mjs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const { path, version, os, cpu, libc, dev } of missingPlatformBuilds(lock.packages)) {
  lock.packages[path] = {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted);
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
