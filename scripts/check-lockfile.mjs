// The lock file must name versions and hashes only: an address in it ties everybody to one registry.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const tied = Object.entries(packages).filter(([, entry]) => String(entry.resolved ?? '').startsWith('http'));
const inexact = ['dependencies', 'devDependencies'].flatMap((kind) =>
  Object.entries(packages['']?.[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
);
for (const [name] of tied) console.error(`package-lock.json: ${name} is tied to a registry ("resolved")`);
for (const [name, version] of inexact) console.error(`package.json: ${name} must be an exact version, not ${version}`);
if (tied.length + inexact.length > 0) process.exitCode = 1;
