import fc from 'fast-check';
import { jsonText } from './json-text.js';
import { oddText, oddTime } from './odd-texts.js';
import { resolve } from './operations.js';
import type { OpenApi, Schema } from './operations.js';
import { idText, kindOfId } from './ids.js';

/** How far generated values keep to the schema: `sound` takes the examples of the required fields, `valid` anything it allows, `wrong` breaks it. */
export type Fidelity = 'sound' | 'valid' | 'wrong';

/** Longest list that is built; the document's own limits are tried by the length of texts and numbers instead. */
const LONGEST_LIST = 4;

/** JSON texts for a schema. As text, since no object can have a member `__proto__` by accident, nor one member twice. */
export function textsOf(schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  const { anyOf, enum: allowed, ...rest } = resolve(schema, document);
  if (fidelity === 'sound' && rest.example !== undefined) return fc.constant(JSON.stringify(rest.example));
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => textsOf(one, document, fidelity)));
  const types = [rest.type ?? 'any'].flat();
  const proper = fc.oneof(
    ...(allowed !== undefined
      ? [fc.constantFrom(...allowed).map((value) => JSON.stringify(value))]
      : types.map((type) => textOfType(type, rest, document, fidelity))),
  );
  if (fidelity !== 'wrong') return proper;
  return fc.oneof(
    { arbitrary: proper, weight: 2 },
    { arbitrary: jsonText, weight: 1 },
    { arbitrary: quoted(oddText), weight: 2 },
  );
}

/** The same for a field or a parameter, whose name tells of one thing more what it may be: a subscriber goes by its uid or by its id. */
export function fieldsOf(name: string, schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  const texts = textsOf(schema, document, fidelity);
  return name === 'subscriber' && fidelity !== 'sound' ? fc.oneof(texts, quoted(idText('sub'))) : texts;
}

/** The same for a scalar in a query or a path: bare text. */
export function scalarsOf(name: string, schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  return fieldsOf(name, schema, document, fidelity).map((text) => {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  });
}

function textOfType(type: string, schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  switch (type) {
    case 'string':
      return quoted(stringOf(schema, fidelity));
    case 'integer':
    case 'number':
      return numberOf(type, schema, fidelity);
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'null':
      return fc.constant('null');
    case 'array':
      return listOf(schema, document, fidelity);
    case 'object':
      return objectOf(schema, document, fidelity);
    default:
      return jsonText;
  }
}

function stringOf(schema: Schema, fidelity: Fidelity): fc.Arbitrary<string> {
  const { example, format, minLength = 0, maxLength } = schema;
  const usual = typeof example === 'string' ? [fc.constant(example)] : [];
  const kind = kindOfId(example);
  if (kind !== null) return fc.oneof(idText(kind), ...(fidelity === 'wrong' ? [oddText] : []));
  if (format === 'date-time') {
    const times = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
    return fc.oneof(
      ...usual,
      times.map((time) => time.toISOString()),
      oddTime,
    );
  }
  const longest = maxLength ?? 300;
  const edges = fc.constantFrom(...[minLength, longest, ...(fidelity === 'wrong' ? [longest + 1] : [])]);
  return fc.oneof(
    ...usual,
    ...usual,
    edges.map((length) => 'a'.repeat(length)),
    fidelity === 'wrong' ? oddText : fc.string({ minLength, maxLength: Math.min(longest, 40) }),
  );
}

function numberOf(type: string, schema: Schema, fidelity: Fidelity): fc.Arbitrary<string> {
  const { minimum = -1_000, maximum = 1_000 } = schema;
  const proper = [fc.constantFrom(minimum, maximum), fc.integer({ min: Math.ceil(minimum), max: Math.floor(maximum) })];
  const beyond = fc.constantFrom(
    ...[minimum - 1, maximum + 1, -0, 0.5, Number.MAX_SAFE_INTEGER, 2 ** 31, 1e300, -1e300].map(String),
    '1e400',
    '1.0',
    '12345678901234567890',
  );
  const fine = fc.oneof(
    ...(type === 'integer' ? proper : [...proper, fc.double({ min: minimum, max: maximum, noNaN: true })]),
  );
  const texts = fine.map(String);
  return fidelity === 'wrong' ? fc.oneof(texts, beyond) : texts;
}

function listOf(schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  const item = schema.items === undefined ? jsonText : textsOf(schema.items, document, fidelity);
  const minLength = fidelity === 'wrong' ? 0 : (schema.minItems ?? 0);
  return fc.array(item, { minLength, maxLength: LONGEST_LIST }).map((items) => `[${items.join(',')}]`);
}

function objectOf(schema: Schema, document: OpenApi, fidelity: Fidelity): fc.Arbitrary<string> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const known = Object.entries(properties).map(([name, member]) => {
    const must = required.includes(name);
    const text = fieldsOf(name, member, document, fidelity).map((value) => `${JSON.stringify(name)}:${value}`);
    if (must && fidelity !== 'wrong') return text.map((given) => [given]);
    if (fidelity === 'sound') return fc.constant([]);
    return fc.oneof(
      { arbitrary: text.map((given) => [given]), weight: must ? 8 : 2 },
      { arbitrary: fc.constant([]), weight: 3 },
    );
  });
  const open = Object.keys(properties).length === 0 || typeof additionalProperties === 'object';
  const more = open || fidelity === 'wrong' ? moreMembers(additionalProperties, document, fidelity) : fc.constant([]);
  return fc.tuple(fc.tuple(...known), more).map(([own, other]) => `{${[...own.flat(), ...other].join(',')}}`);
}

function moreMembers(
  schema: Schema | boolean | undefined,
  document: OpenApi,
  fidelity: Fidelity,
): fc.Arbitrary<string[]> {
  const value = typeof schema === 'object' ? textsOf(schema, document, fidelity) : jsonText;
  const name = fidelity === 'wrong' ? oddText : fc.string({ minLength: 1, maxLength: 8 });
  return fc
    .array(fc.tuple(quoted(name), value), { maxLength: 2 })
    .map((members) => members.map(([given, member]) => `${given}:${member}`));
}

function quoted(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return texts.map((text) => JSON.stringify(text));
}
