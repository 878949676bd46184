import fc from 'fast-check';

/** Values that a parse and a rewrite would change, or that some reader chokes on. All are JSON in UTF-8. */
const TREACHEROUS = [
  '9007199254740993',
  '-9007199254740993',
  '1e400',
  '-1E-400',
  '1.0',
  '-0',
  '-0.0',
  '0.1e+1',
  '123456789012345678901234567890.10',
  '""',
  '"\u2028\u2029"',
  '"😀👩‍👩‍👧"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\u003c\\/script\\u003e"',
  '"\\b\\f\\n\\r\\t\\"\\\\"',
  '"\ufeff"',
  '"\u007f\u0080\uffff"',
  '"\ue000e\u0301"',
  '{}',
  '[]',
  'null',
  'true',
  '{"a":1,"a":2}',
  '{"\\u0061":1,"a":2,"":3}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}',
  '{"toJSON":"x","then":"y","2":0,"1":0}',
];

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n', '\t', '  \t\n');
/** Any text as JSON writes it; half a surrogate pair only as an escape, since it has no UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => JSON.stringify(value));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt().map(String),
  fc.tuple(fc.integer(), fc.integer({ min: -400, max: 400 })).map(([digits, exponent]) => `${digits}.50E${exponent}`),
);

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: fc.constantFrom(...TREACHEROUS), weight: 4 },
    { arbitrary: text, weight: 2 },
    { arbitrary: number, weight: 2 },
    { arbitrary: tie('list'), weight: 2 },
    { arbitrary: tie('object'), weight: 3 },
  ),
  list: fc
    .tuple(space, fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }))
    .map(([inside, items]) =>
      items.length === 0
        ? `[${inside}]`
        : `[${items.map(([before, item, behind]) => before + item + behind).join(',')}]`,
    ),
  object: fc
    .tuple(space, fc.array(fc.tuple(space, fc.oneof(text, fc.constant('"a"')), space, tie('value')), { maxLength: 4 }))
    .map(([inside, members]) =>
      members.length === 0
        ? `{${inside}}`
        : `{${members.map(([before, name, around, member]) => `${before}${name}${around}:${around}${member}`).join(',')}}`,
    ),
}));

const deep = fc
  .tuple(fc.integer({ min: 1, max: 64 }), fc.constantFrom('[]', '{}'))
  .map(([depth, [open = '', close = '']]) =>
    open === '['
      ? '['.repeat(depth) + ']'.repeat(depth)
      : `${`${open}"d":`.repeat(depth - 1)}{}${close.repeat(depth - 1)}`,
  );

/** The text of any JSON value, with nothing around it, written in ways that no serialiser would choose. At most 64 levels deep. */
export const jsonText: fc.Arbitrary<string> = fc.oneof({ arbitrary: value, weight: 8 }, { arbitrary: deep, weight: 1 });

/** White space as JSON has it, mostly none. */
export const jsonSpace = space;
