import { hoursToCount, keptFrom } from './hours-to-count.js';

const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);
const KEPT = Date.parse('2026-11-01T00:00:00Z');
const times = (hours: number[]): string[] => hours.map((hour) => new Date(hour).toISOString().slice(11, 16));

describe('the hours to count', () => {
  it.each([
    ['18:04:59.999', ['16:00']],
    ['18:05:00.000', ['16:00', '17:00']],
  ])('at %s are %j when the last one begun was 15:00', (now, hours) => {
    expect(times(hoursToCount(at(now), { lastHour: at('15:00:00'), oldestEvent: null }, KEPT))).toEqual(hours);
  });

  it('begin with that of the oldest event when none was begun', () => {
    const begun = { lastHour: null, oldestEvent: at('15:40:00') };
    expect(times(hoursToCount(at('18:30:00'), begun, KEPT))).toEqual(['15:00', '16:00', '17:00']);
  });

  it('are none where nothing was published, or all are begun', () => {
    expect(hoursToCount(at('18:30:00'), { lastHour: null, oldestEvent: null }, KEPT)).toEqual([]);
    expect(hoursToCount(at('18:30:00'), { lastHour: at('17:00:00'), oldestEvent: null }, KEPT)).toEqual([]);
  });

  it('leave out those whose day may be gone', () => {
    const begun = { lastHour: at('03:00:00'), oldestEvent: null };
    expect(times(hoursToCount(at('18:30:00'), begun, at('16:00:00')))).toEqual(['16:00', '17:00']);
  });
});

it('a day that is about to lose its partitions is not counted', () => {
  // What housekeeping keeps of 30 days begins on 24 October.
  expect(new Date(keptFrom(at('18:30:00'), 30)).toISOString()).toBe('2026-10-25T00:00:00.000Z');
});
