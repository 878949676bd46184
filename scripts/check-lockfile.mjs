// What would make `npm ci` fail or differ elsewhere: an address (it ties everybody to one registry), a version that is not exact, a
// native build for another platform that is not listed.
import { readFileSync } from 'node:fs';
import { missingPlatformBuilds } from './lockfile.mjs';

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const own = { ...packages[''].dependencies, ...packages[''].devDependencies };

const findings = [
  ...Object.entries(packages)
    .filter(([, { resolved }]) => resolved?.startsWith('http'))
    .map(([path]) => `package-lock.json: ${path} is tied to a registry ("resolved")`),
  ...missingPlatformBuilds(packages).map(
    ({ path }) => `package-lock.json: ${path} is not listed: node scripts/complete-lockfile.mjs`,
  ),
  ...Object.entries(own)
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `package.json: ${name} must be an exact version, not ${version}`),
];
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
