import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from './checker/evidence.js';
import { now } from './settings.js';
import type { AppProcess, Footprint, Role } from './stack/app-process.js';
import type { Stack } from './stack/stack.js';

const MIB = 1_048_576;
/** A process grows with its caches and its compiled code; what it leaks in a run is far more. */
const MORE_MEMORY = { factor: 1.5, bytes: 64 * MIB };
const MORE_HANDLES = 25;
const RETURNS_WITHIN_MS = 20_000;
const LOOKS_EVERY_MS = 500;

export type Footprints = Readonly<Record<Role, Footprint>>;

/** The largest of each kind. */
export async function measureFootprints(stack: Stack): Promise<Footprints> {
  const largest = async (role: Role): Promise<Footprint> => {
    const all = await Promise.all(stack.of(role).map(({ app }) => app.footprint()));
    return {
      residentBytes: Math.max(...all.map(({ residentBytes }) => residentBytes)),
      handles: Math.max(...all.map(({ handles }) => handles)),
    };
  };
  return { api: await largest('api'), dispatcher: await largest('dispatcher') };
}

/** Nobody holds noticeably more memory or handles than before the faults, once idle connections have had time to end. */
export async function checkFootprints(stack: Stack, before: Footprints): Promise<Violation[]> {
  const until = now() + RETURNS_WITHIN_MS;
  // The producers' idle connections are theirs to end: an API keeps them for more than a minute.
  for (const { front } of stack.members) front.drop();
  for (;;) {
    const violations = (await Promise.all(stack.apps.map((app) => checkOne(app, before[app.role])))).flat();
    if (violations.length === 0 || now() > until) return violations;
    await delay(LOOKS_EVERY_MS);
  }
}

async function checkOne(app: AppProcess, before: Footprint): Promise<Violation[]> {
  const after = await app.footprint();
  const violations: Violation[] = [];
  if (after.residentBytes > before.residentBytes * MORE_MEMORY.factor + MORE_MEMORY.bytes)
    violations.push({ rule: 'footprint', what: `${app.name} holds ${mib(after)} MiB, before it was ${mib(before)}` });
  if (after.handles > before.handles + MORE_HANDLES)
    violations.push({
      rule: 'footprint',
      what: `${app.name} has ${after.handles} handles, before it were ${before.handles}`,
    });
  return violations;
}

const mib = ({ residentBytes }: Footprint): number => Math.round(residentBytes / MIB);
