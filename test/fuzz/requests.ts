import fc from 'fast-check';
import { idText, kindOfId, namesForeign } from './ids.js';
import { jsonText } from './json-text.js';
import { oddText } from './odd-texts.js';
import { resolve } from './operations.js';
import type { OpenApi, Operation, Schema } from './operations.js';
import { fieldsOf, scalarsOf, textsOf } from './schema-values.js';
import type { Fidelity } from './schema-values.js';

export const CALLERS = ['tenant', 'publisher', 'manage', 'read', 'nobody', 'rubbish'] as const;

/** A request as it was thought up: ids are placeholders until it is sent. */
export interface FuzzedRequest {
  operation: Operation;
  caller: (typeof CALLERS)[number];
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | null;
  /** Nothing is wrong with it but, perhaps, whose ids it names. */
  sound: boolean;
}

/** Where a request is wrong: nowhere, in one part alone, so that the others lead to it, or all over. */
type Fault = 'none' | 'path' | 'query' | 'headers' | 'body' | 'all';

/** Requests to one operation, made from its parameters and schemas: right ones, nearly right ones, and rubbish. */
export function requestsTo(operation: Operation, document: OpenApi): fc.Arbitrary<FuzzedRequest> {
  const faults = fc.constantFrom<Fault>('none', 'none', 'path', 'query', 'headers', 'body', 'body', 'all');
  return fc.tuple(faults, fc.constantFrom<Fidelity>('sound', 'valid')).chain(([fault, rest]) => {
    const at = (part: Fault): Fidelity => (fault === part || fault === 'all' ? 'wrong' : rest);
    const sound = fault === 'none' && rest === 'sound';
    return fc
      .record({
        caller: sound ? fc.constant('tenant' as const) : caller,
        path: pathOf(operation, document, at('path')),
        query: queryOf(operation, document, at('query')),
        headers: headersOf(operation, at('headers')),
        body: bodyOf(operation, document, at('body')),
      })
      .map((request) => ({
        ...request,
        operation,
        sound,
        // Without it a failure is reported with the whole documentation of the operation.
        [fc.toStringMethod]: () => `${request.caller}: ${operation.method} ${request.path}${request.query}`,
      }));
  });
}

const caller: fc.Arbitrary<FuzzedRequest['caller']> = fc.oneof(
  { arbitrary: fc.constant('tenant' as const), weight: 10 },
  { arbitrary: fc.constantFrom('manage' as const, 'read' as const), weight: 4 },
  { arbitrary: fc.constantFrom('publisher' as const, 'nobody' as const, 'rubbish' as const), weight: 1 },
);

/** Names that a router takes for something else are not in a path: an empty segment, and dots. */
const ROUTED_AWAY = /^(\.{0,2}|%2e)$/i;

function pathOf(operation: Operation, document: OpenApi, how: Fidelity): fc.Arbitrary<string> {
  const segments = operation.path.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1] ?? '';
    const schema = operation.parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema;
    if (schema === undefined) return fc.constant(segment);
    // Whose id it is does not make a path unsound; any other name but the example may well be nobody's.
    const texts =
      how === 'sound' && kindOfId(schema.example) === null
        ? fc.oneof(fc.constant(String(schema.example)), ...(name === 'subscriber' ? [idText('sub')] : []))
        : scalarsOf(name, schema, document, how === 'sound' ? 'valid' : how);
    return texts.filter((text) => !ROUTED_AWAY.test(text)).map(encode);
  });
  return fc.tuple(...segments).map((parts) => parts.join('/'));
}

function queryOf(operation: Operation, document: OpenApi, how: Fidelity): fc.Arbitrary<string> {
  if (how === 'sound') return fc.constant('');
  const known = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) =>
      fc.oneof(
        { arbitrary: fc.constant([]), weight: 4 },
        { arbitrary: scalarsOf(name, schema, document, how).map((value) => [`${name}=${encode(value)}`]), weight: 1 },
      ),
    );
  const odd = fc.array(
    fc.tuple(oddText, oddText).map(([name, value]) => `${encode(name)}=${encode(value)}`),
    { maxLength: 1 },
  );
  return fc.tuple(fc.tuple(...known), how === 'wrong' ? odd : fc.constant([])).map(([given, more]) => {
    const all = [...given.flat(), ...more];
    return all.length === 0 ? '' : `?${all.join('&')}`;
  });
}

const CONTENT_TYPES = [
  'application/json; charset=utf-8',
  'application/merge-patch+json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  ';',
];

function headersOf(operation: Operation, how: Fidelity): fc.Arbitrary<Record<string, string>> {
  if (how === 'sound') return fc.constant({});
  const some = (name: string, values: fc.Arbitrary<string>, rarely: number) =>
    fc.oneof(
      { arbitrary: fc.constant({}), weight: rarely },
      { arbitrary: values.map((value) => ({ [name]: value })), weight: 1 },
    );
  const key = some(
    'idempotency-key',
    fc.oneof(fc.constantFrom('k', '"k"', 'k-1', '"', 'x'.repeat(256)), fc.string({ maxLength: 20 })),
    3,
  );
  const rest = [
    some('content-type', fc.constantFrom(...CONTENT_TYPES), 12),
    some('content-encoding', fc.constantFrom('gzip', 'br', 'identity', 'gzip, gzip'), 20),
    some('accept', fc.constantFrom('text/html', 'image/*;q=0', '*/*'), 10),
    some('x-http-method-override', fc.constantFrom('DELETE', 'GET'), 20),
    some('x-forwarded-for', fc.constantFrom('127.0.0.1', 'a, b, c', '\u00ff'), 20),
    some('if-none-match', fc.constantFrom('*', '"x"'), 20),
    some('range', fc.constant('bytes=0-1'), 20),
  ];
  const takesKey = operation.parameters.some((parameter) => parameter.in === 'header');
  return fc
    .tuple(takesKey ? key : fc.constant({}), ...(how === 'wrong' ? rest : []))
    .map((all) => Object.assign({}, ...all) as Record<string, string>);
}

const BROKEN = ['{', '{"name":"x"', '{} {}', '{"name":"x",}', "{'a':1}", '\ufeff{}', 'NaN', 'name=x', '\0', '"\ud800"'];

function bodyOf(operation: Operation, document: OpenApi, how: Fidelity): fc.Arbitrary<string | null> {
  if (how !== 'wrong') {
    if (operation.body !== null)
      return how === 'sound' ? soundBody(operation, operation.body, document) : textsOf(operation.body, document, how);
    return operation.method === 'POST' ? fc.constantFrom(null, '{}') : fc.constant(null);
  }
  const rubbish = fc.oneof(
    { arbitrary: fc.constantFrom(...BROKEN), weight: 3 },
    { arbitrary: jsonText, weight: 3 },
    { arbitrary: fc.constantFrom('['.repeat(70) + ']'.repeat(70), '['.repeat(50_000)), weight: 1 },
    { arbitrary: fc.constant(`{"data":"${'x'.repeat(400_000)}"}`), weight: 1 },
  );
  if (operation.body === null)
    return fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: rubbish, weight: 1 });
  return fc.oneof(
    { arbitrary: soundButForOne(operation, operation.body, document), weight: 6 },
    { arbitrary: textsOf(operation.body, document, 'wrong'), weight: 3 },
    { arbitrary: rubbish, weight: 1 },
    { arbitrary: fc.constant(null), weight: 1 },
  );
}

function soundBody({ examples }: Operation, schema: Schema, document: OpenApi): fc.Arbitrary<string> {
  if (examples.length === 0) return textsOf(schema, document, 'sound');
  return fc.constantFrom(...examples).map((value) => JSON.stringify(value));
}

/** One field is odd and all else is right: nothing else keeps the oddity from the code behind the validation. */
function soundButForOne(operation: Operation, schema: Schema, document: OpenApi): fc.Arbitrary<string> {
  const fields = Object.entries(resolve(schema, document).properties ?? {});
  const spoiled = fc.oneof(
    ...fields.map(([name, field]) => fieldsOf(name, field, document, 'wrong').map((text) => [name, text] as const)),
  );
  return fc.tuple(soundBody(operation, schema, document), spoiled).map(([sound, [name, text]]) => {
    const others = Object.entries(JSON.parse(sound) as object).filter(([other]) => other !== name);
    const members = others.map(([other, value]) => `${JSON.stringify(other)}:${JSON.stringify(value)}`);
    return `{${[...members, `${JSON.stringify(name)}:${text}`].join(',')}}`;
  });
}

/** Percent-encoded but for the placeholders of ids. Half a surrogate pair has no encoding: it becomes the replacement character. */
function encode(text: string): string {
  return namesId(text) ? text : encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function namesId(text: string): boolean {
  return /^\{\{\w+\.\w+\.\d+\}\}$/.test(text);
}

/** Whether its path names something of the other tenant. */
export function reachesOut({ path }: FuzzedRequest): boolean {
  return namesForeign(path);
}
