import { closedHours, sumByEndpoint } from './dead-hours.js';

const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);

describe('the hours that are over', () => {
  it.each([
    ['18:01:59.999', '16:00:00'],
    ['18:02:00.000', '17:00:00'],
    ['18:53:00.000', '17:00:00'],
    ['19:01:59.999', '17:00:00'],
  ])('at %s, the last one began at %s', (now, last) => {
    expect(closedHours(at(now)).at(-1)).toBe(at(last));
  });

  it('are a day, oldest first', () => {
    const hours = closedHours(at('18:53:00'));
    expect(hours).toHaveLength(24);
    expect(hours[0]).toBe(Date.parse('2026-11-22T18:00:00Z'));
    expect(hours).toEqual(hours.toSorted((a, b) => a - b));
  });
});

describe('the deaths of an hour', () => {
  it('are summed by endpoint over reasons and parts of the hour', () => {
    const deaths = [
      { endpointId: 'b', reason: 'expired', count: 2, deliveryId: null },
      { endpointId: 'a', reason: 'expired', count: 3, deliveryId: '2' },
      { endpointId: 'b', reason: 'gone', count: 1, deliveryId: '9' },
      { endpointId: 'a', reason: 'expired', count: 4, deliveryId: '1' },
    ];
    expect(sumByEndpoint(deaths)).toEqual([
      { endpointId: 'a', count: 7, reasons: { expired: 7 }, deliveryId: '2' },
      { endpointId: 'b', count: 3, reasons: { expired: 2, gone: 1 }, deliveryId: '9' },
    ]);
  });
});
