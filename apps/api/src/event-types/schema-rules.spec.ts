import { eventSchema } from './schema-rules.js';

const reportsOf = (value: unknown): string[] => {
  const reports: string[] = [];
  eventSchema(value, (pointer, code) => reports.push(`${code} at ${pointer}`));
  return reports;
};
const nested = (depth: number): unknown => (depth === 0 ? true : { not: nested(depth - 1) });

describe('eventSchema', () => {
  it.each([
    [{}],
    [true],
    [{ type: 'object', properties: { orderId: { type: 'integer' } }, required: ['orderId'] }],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' }],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', definitions: { a: {} }, $ref: '#/definitions/a' }],
    [{ properties: { $ref: { type: 'string' } } }],
    [{ const: { $ref: 'https://example.com/x' } }],
    [nested(30)],
  ])('accepts %j', (schema) => {
    expect(reportsOf(schema)).toEqual([]);
  });

  it.each([
    [{ type: 'strnig' }, '/type'],
    [{ properties: { a: { minimum: 'x' } } }, '/properties/a/minimum'],
    [{ required: 'a' }, '/required'],
    [{ $ref: 'https://example.com/schema.json' }, '/$ref'],
    [{ properties: { a: { $ref: 'file:///etc/passwd' } } }, '/properties/a/$ref'],
    [{ properties: { a: { $dynamicRef: 'other.json#x' } } }, '/properties/a/$dynamicRef'],
    [{ $schema: 'https://example.com/own-dialect' }, '/$schema'],
    [{ $schema: 7 }, '/$schema'],
  ])('refuses %j and says where', (schema, pointer) => {
    expect(reportsOf(schema)).toContain(`schema_invalid at ${pointer}`);
  });

  it.each([['text'], [7], [[{}]]])('refuses %j, which is no schema at all', (schema) => {
    expect(reportsOf(schema)).toEqual(['schema_invalid at ']);
  });

  it('refuses one deeper than 32 levels or larger than 64 KiB', () => {
    expect(reportsOf(nested(33))).toEqual(['schema_invalid at ']);
    expect(reportsOf({ description: 'x'.repeat(65_536) })).toEqual(['schema_invalid at ']);
  });
});
