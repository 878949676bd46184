import { accountingReport } from './accounting-report.js';

const hour = {
  hour: Date.parse('2026-11-23T18:00:00Z'),
  final: false,
  ...{ events: 1000, fanOut: 2000, pending: 5, delivered: 1990, dead: 4, cancelled: 1, difference: 0 },
};

describe('the report of the books', () => {
  it('shows every hour, and that all balance', () => {
    const { lines, balanced } = accountingReport([hour, { ...hour, hour: hour.hour + 3_600_000, final: true }]);
    expect(balanced).toBe(true);
    expect(lines.map((line) => line.trim().split(/\s+/).join(' '))).toEqual([
      'hour events fan-out pending delivered dead cancelled difference',
      '2026-11-23T18:00Z 1000 2000 5 1990 4 1 0',
      '2026-11-23T19:00Z* 1000 2000 5 1990 4 1 0',
      'Every one of 2 hours balances.',
    ]);
  });

  it('says how much is wrong; a surplus does not make good a loss', () => {
    const { lines, balanced } = accountingReport([
      { ...hour, difference: 3 },
      { ...hour, difference: -3 },
    ]);
    expect(balanced).toBe(false);
    expect(lines.at(-1)).toBe('2 of 2 hours do not balance: 6 deliveries are missing or too many.');
  });

  it('says when nothing is counted yet', () => {
    expect(accountingReport([]).lines).toEqual(['No hour is counted yet: it is, soon after it has closed.']);
  });
});
