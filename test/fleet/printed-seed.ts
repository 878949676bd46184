import { randomInt } from 'node:crypto';
import { rawVariable } from '#config';

/** A seed that can be repeated: `TEST_SEED=… npm run test:load`. */
export function printedSeed(): number {
  const seed = Number(rawVariable('TEST_SEED') ?? randomInt(2 ** 31));
  process.stderr.write(`TEST_SEED=${seed}\n`);
  return seed;
}
