import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { KIB } from '#core';
import { escapePointer } from '#http-kit';
import type { Report } from '#http-kit';

const LARGEST = 64 * KIB;
const DEEPEST = 32;
const MOST_REPORTED = 20;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
/** Members whose values are data, not schemas: what looks like a reference there is none. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

// Only ever asked whether a schema is one: no customer's schema is compiled, and there is no way to load another.
const draft2020 = new Ajv2020({ strict: false, validateFormats: false });
const draft07 = new Ajv({ strict: false, validateFormats: false });

interface Wrong {
  pointer: string;
  detail: string;
}

/** A JSON Schema (2020-12, or draft-07 when it says so) that documents an event's data: never compiled, nothing in it is fetched. */
export function eventSchema(value: unknown, report: Report): void {
  const wrong = outsideBounds(value) ?? notSelfContained(value) ?? unknownDialect(value);
  const all = wrong === null ? notASchema(value as object | boolean) : [wrong];
  for (const { pointer, detail } of all) report(pointer, 'schema_invalid', detail);
}

function outsideBounds(value: unknown): Wrong | null {
  if (typeof value !== 'boolean' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    return { pointer: '', detail: 'must be a JSON Schema' };
  }
  // Before it is written out again: that recurses as deep as the value does.
  if (isDeeperThan(value, DEEPEST)) return { pointer: '', detail: `must be nested at most ${DEEPEST} levels deep` };
  return Buffer.byteLength(JSON.stringify(value)) > LARGEST ? { pointer: '', detail: 'must be at most 64 KiB' } : null;
}

function notSelfContained(value: unknown): Wrong | null {
  const pointer = remoteReference(value, '');
  return pointer === null ? null : { pointer, detail: 'must refer to the schema itself only, beginning with #' };
}

function unknownDialect(value: unknown): Wrong | null {
  const dialect = dialectOf(value);
  const known =
    dialect === undefined || (typeof dialect === 'string' && (DRAFT_07.test(dialect) || DRAFT_2020.test(dialect)));
  return known ? null : { pointer: '/$schema', detail: 'must be JSON Schema 2020-12 or draft-07' };
}

function notASchema(value: object | boolean): Wrong[] {
  const dialect = dialectOf(value);
  const judge = typeof dialect === 'string' && DRAFT_07.test(dialect) ? draft07 : draft2020;
  if (judge.validateSchema(value, false) === true) return [];
  const errors = (judge.errors ?? []).slice(0, MOST_REPORTED);
  return errors.map(({ instancePath, message }) => ({ pointer: instancePath, detail: message ?? 'is not a schema' }));
}

function dialectOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { $schema?: unknown }).$schema : undefined;
}

function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((member) => isDeeperThan(member, limit - 1));
}

/** Where a reference leaves the schema, or null. */
function remoteReference(value: unknown, pointer: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const here = `${pointer}/${escapePointer(name)}`;
    if (REFERENCES.has(name) && typeof member === 'string' && !member.startsWith('#')) return here;
    const inside = DATA.has(name) ? null : remoteReference(member, here);
    if (inside !== null) return inside;
  }
  return null;
}
