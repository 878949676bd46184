import fc from 'fast-check';
import { isEventType, isFilter, isReservedType, matchKeys } from './event-type.js';

const TEN = 'a.b.c.d.e.f.g.h.i.j';
const segment = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const type = fc.array(segment, { minLength: 1, maxLength: 10 }).map((segments) => segments.join('.'));

describe('event types', () => {
  it.each(['a', 'order', 'order.placed', 'Order-2.placed_v1', '0', '-', '_', TEN, 'x'.repeat(256)])(
    'accepts %s',
    (text) => {
      expect(isEventType(text)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    '.a',
    'a.',
    'a..b',
    'a b',
    'a.b ',
    'a\n',
    'a.\0',
    'é',
    'a/b',
    'a.*',
    '*',
    '“a”',
    `${TEN}.k`,
    'x'.repeat(257),
  ])('refuses %j', (text) => {
    expect(isEventType(text)).toBe(false);
  });

  it.each([
    ['posthorn.endpoint.disabled', true],
    ['posthorn.x', true],
    ['posthorn', false],
    ['posthornx.y', false],
    ['order.posthorn.x', false],
  ])('reserved: %s → %s', (text, reserved) => {
    expect(isReservedType(text)).toBe(reserved);
  });
});

describe('filters', () => {
  it.each(['*', 'order', 'order.*', 'order.placed', 'a.b.*', `${TEN.slice(0, -2)}.*`, TEN, `${'x'.repeat(254)}.*`])(
    'accepts %s',
    (text) => {
      expect(isFilter(text)).toBe(true);
    },
  );

  it.each(['', '**', '*.a', 'a*', 'a.*.b', 'a.**', '.*', 'a..*', `${TEN}.*`, `${'x'.repeat(255)}.*`, 'a.*\n'])(
    'refuses %j',
    (text) => {
      expect(isFilter(text)).toBe(false);
    },
  );
});

describe('matching', () => {
  it.each([
    ['a', ['*', 'a']],
    ['a.b', ['*', 'a.*', 'a.b']],
    ['a.b.c', ['*', 'a.*', 'a.b.*', 'a.b.c']],
  ])('%s is matched by %j', (text, keys) => {
    expect(matchKeys(text)).toEqual(keys);
  });

  it('names filters only, and one for each segment and two more', () => {
    fc.assert(
      fc.property(type, (text) => {
        expect(matchKeys(text).every(isFilter)).toBe(true);
        expect(matchKeys(text)).toHaveLength(text.split('.').length + 1);
      }),
    );
  });

  it('never matches a prefix without a further segment', () => {
    fc.assert(
      fc.property(type, (text) => {
        expect(matchKeys(text)).not.toContain(`${text}.*`);
      }),
    );
  });
});
