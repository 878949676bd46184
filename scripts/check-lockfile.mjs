// What would make `npm ci` fail, or install something else, elsewhere or later: see lockfileFindings.
import { readFileSync } from 'node:fs';
import { lockfileFindings } from './lockfile.mjs';

const findings = lockfileFindings(
  JSON.parse(readFileSync('package-lock.json', 'utf8')),
  JSON.parse(readFileSync('package.json', 'utf8')),
);
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
