import { validate, version } from 'uuid';
import { newUuid, uuidFloor, uuidTime } from './uuid-v7.js';

const AT = Date.UTC(2026, 10, 23, 18, 53, 0, 123);

describe('UUIDv7', () => {
  it('carries the time it was made for', () => {
    const uuid = newUuid(AT);
    expect(validate(uuid)).toBe(true);
    expect(version(uuid)).toBe(7);
    expect(uuidTime(uuid)).toBe(AT);
  });

  it('drops fractions of a millisecond', () => {
    expect(uuidTime(newUuid(AT + 0.999))).toBe(AT);
  });

  it('ascends within one millisecond and differs', () => {
    const made = Array.from({ length: 10_000 }, () => newUuid(AT + 1));
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
  });

  it('keeps to the time asked for when the clock goes back', () => {
    newUuid(AT + 2);
    expect(uuidTime(newUuid(AT))).toBe(AT);
  });

  it.each([0, 1, AT, 2 ** 48 - 1])('has a floor for %d that no uuid of that time is below', (ms) => {
    expect(validate(newUuid(ms))).toBe(true);
    expect(uuidTime(uuidFloor(ms))).toBe(ms);
    expect(newUuid(ms) > uuidFloor(ms)).toBe(true);
    if (ms > 0) expect(newUuid(ms - 1) < uuidFloor(ms)).toBe(true);
  });
});
