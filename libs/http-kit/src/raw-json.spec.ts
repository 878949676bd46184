import fc from 'fast-check';
import type { Slice } from './raw-json.js';
import { elementSlices, isDeeperThan, memberSlices, wholeValue } from './raw-json.js';

const text = (json: Buffer, slice: Slice | undefined): string =>
  slice === undefined ? '<absent>' : json.toString('utf8', slice.start, slice.end);

function memberTexts(source: string): Record<string, string> {
  const json = Buffer.from(source);
  const members = memberSlices(json, wholeValue(json));
  return Object.fromEntries([...(members ?? [])].map(([name, slice]) => [name, text(json, slice)]));
}

describe('memberSlices', () => {
  const hostile = '{"n":9007199254740993,"f":1.0,"e":1e400,"d":{"a":1,"a":2},"s":"\\u2028😀\\ud800"}';

  it('cuts a payload out byte for byte', () => {
    expect(memberTexts(`{"type":"a.b","data":${hostile},"x":1}`)).toEqual({ type: '"a.b"', data: hostile, x: '1' });
  });

  it.each([
    [
      'leaves the whitespace around a value out',
      ' \n{ "data" \t:\r\n [ 1 , 2 ] \n, "b":  true }\n',
      { data: '[ 1 , 2 ]', b: 'true' },
    ],
    ['decodes escaped names', '{"d\\u0061ta":1,"\\"q\\\\":2}', { data: '1', '"q\\': '2' }],
    ['keeps the last of two equal names', '{"data":1,"\\u0064ata":{"b":[2]}}', { data: '{"b":[2]}' }],
    [
      'is not misled by brackets and quotes inside strings',
      '{"a":"}],\\"{[","b":"\\\\","c":"{"}',
      { a: '"}],\\"{["', b: '"\\\\"', c: '"{"' },
    ],
    ['finds nothing in an empty object', '{ }', {}],
    ['takes an empty name', '{"":null}', { '': 'null' }],
    ['takes scalars at the very end', '{"a":-1.5e-7}', { a: '-1.5e-7' }],
  ])('%s', (_rule, source, expected) => {
    expect(memberTexts(source)).toEqual(expected);
  });

  it('sees __proto__ and constructor as names like any other', () => {
    const json = Buffer.from('{"__proto__":1,"constructor":2}');
    expect([...(memberSlices(json, wholeValue(json))?.keys() ?? [])]).toEqual(['__proto__', 'constructor']);
  });

  it.each(['[]', '1', '"{}"', 'null', ' true '])('answers null for %s, which is no object', (source) => {
    const json = Buffer.from(source);
    expect(memberSlices(json, wholeValue(json))).toBeNull();
  });

  it('finds for any JSON value the bytes that parse to it, however the text is spaced', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(0, 1, '\t', '\n  '),
        (value, space) => {
          const source = JSON.stringify(value, null, space);
          const parsed = JSON.parse(source) as Record<string, unknown>;
          const json = Buffer.from(source);
          const members = memberSlices(json, wholeValue(json));
          expect([...(members?.keys() ?? [])].sort()).toEqual(Object.keys(parsed).sort());
          for (const [name, slice] of members ?? []) {
            expect(JSON.parse(text(json, slice))).toEqual(parsed[name]);
            expect(text(json, slice).trim()).toBe(text(json, slice));
          }
        },
      ),
    );
  });
});

describe('elementSlices', () => {
  it('cuts the elements of an array in their order', () => {
    const json = Buffer.from('{"events" : [ {"a":[1]} ,2,"x,]" , [] ] }');
    const events = memberSlices(json, wholeValue(json))?.get('events');
    const elements = elementSlices(json, events!);
    expect(elements?.map((slice) => text(json, slice))).toEqual(['{"a":[1]}', '2', '"x,]"', '[]']);
  });

  it('answers an empty list for an empty array and null for anything else', () => {
    expect(elementSlices(Buffer.from('[ ]'), { start: 0, end: 3 })).toEqual([]);
    expect(elementSlices(Buffer.from('{}'), { start: 0, end: 2 })).toBeNull();
  });

  it('finds every element of any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 3), (value, space) => {
        const json = Buffer.from(JSON.stringify(value, null, space));
        const elements = elementSlices(json, wholeValue(json)) ?? [];
        expect(elements.map((slice) => JSON.parse(text(json, slice)) as unknown)).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });
});

describe('isDeeperThan', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));

  it('lets exactly the limit through and refuses one more', () => {
    expect(isDeeperThan(nested(64), wholeValue(nested(64)), 64)).toBe(false);
    expect(isDeeperThan(nested(65), wholeValue(nested(65)), 64)).toBe(true);
  });

  it('does not count brackets inside strings, nor siblings', () => {
    const json = Buffer.from('{"a":"[[[[[[","b":[1],"c":[2],"d":{"e":[]}}');
    expect(isDeeperThan(json, wholeValue(json), 3)).toBe(false);
    expect(isDeeperThan(json, wholeValue(json), 2)).toBe(true);
  });

  it('needs no stack for a million levels', () => {
    const json = nested(1_000_000);
    expect(wholeValue(json)).toEqual({ start: 0, end: json.length });
    expect(isDeeperThan(json, wholeValue(json), 64)).toBe(true);
  });
});
