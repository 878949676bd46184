import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { KIB } from '#core';
import type { Report } from '#http-kit';

const LARGEST = 64 * KIB;
const DEEPEST = 32;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
/** Members whose values are data, not schemas: what looks like a reference there is none. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

// Only ever asked whether a schema is one: no customer's schema is compiled, and there is no way to load another.
const draft2020 = new Ajv2020({ strict: false, validateFormats: false });
const draft07 = new Ajv({ strict: false, validateFormats: false });

/** A JSON Schema (2020-12, or draft-07 when it says so) that documents an event's data: never compiled, nothing in it is fetched. */
export function eventSchema(value: unknown, report: Report): void {
  const refuse = (pointer: string, detail: string): void => {
    report(pointer, 'schema_invalid', detail);
  };
  if (typeof value !== 'boolean' && (typeof value !== 'object' || value === null || Array.isArray(value)))
    return refuse('', 'must be a JSON Schema');
  if (Buffer.byteLength(JSON.stringify(value)) > LARGEST) return refuse('', 'must be at most 64 KiB');
  if (deeperThan(value, DEEPEST)) return refuse('', `must be nested at most ${DEEPEST} levels deep`);
  const remote = remoteReference(value, '');
  if (remote !== null) return refuse(remote, 'must refer to the schema itself only, beginning with #');
  const dialect = typeof value === 'object' ? (value as { $schema?: unknown }).$schema : undefined;
  const known =
    dialect === undefined || (typeof dialect === 'string' && (DRAFT_07.test(dialect) || DRAFT_2020.test(dialect)));
  if (!known) return refuse('/$schema', 'must be JSON Schema 2020-12 or draft-07');
  const judge = typeof dialect === 'string' && DRAFT_07.test(dialect) ? draft07 : draft2020;
  if (judge.validateSchema(value as object, false) === true) return;
  for (const error of (judge.errors ?? []).slice(0, 20)) refuse(error.instancePath, error.message ?? 'is not a schema');
}

function deeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((member) => deeperThan(member, limit - 1));
}

/** Where a reference leaves the schema, or null. */
function remoteReference(value: unknown, pointer: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const here = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (REFERENCES.has(name) && typeof member === 'string' && !member.startsWith('#')) return here;
    const inside = DATA.has(name) ? null : remoteReference(member, here);
    if (inside !== null) return inside;
  }
  return null;
}
