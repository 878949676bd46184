// Every production dependency must come under one of these licences: they ask for nothing but their own text.
import { promisify } from 'node:util';
import { init } from 'license-checker-rseidelsohn';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);

/** `(MIT OR GPL-3.0)` may be taken under either, `MIT AND ISC` needs both. @param {string} expression */
function allowed(expression) {
  const plain = expression.replace(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => ALLOWED.has(licence.trim())));
}

const found = await promisify(init)({ start: '.', production: true, excludePrivatePackages: true });
const refused = Object.entries(found).filter(([, { licenses }]) => ![licenses].flat().every(allowed));
for (const [name, { licenses }] of refused) console.error(`${name}: ${String(licenses)} is not an allowed licence`);
if (refused.length > 0 || Object.keys(found).length === 0) process.exitCode = 1;
else console.log(`${Object.keys(found).length} production dependencies, all under an allowed licence`);
