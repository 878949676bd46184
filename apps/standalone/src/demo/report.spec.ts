import { complaints, table } from './report.js';

const good = {
  label: 'healthy',
  published: 3,
  counts: { delivered: 3, attempts: 4 },
  verdict: { accepted: 3, requests: 4, verified: 4, signedByAll: 4, identical: 4 },
  leastSignedByAll: 3,
};

describe('the report', () => {
  it('is a table with aligned columns', () => {
    const lines = table([good]).split('\n');
    expect(lines[0]).toMatch(/^endpoint +published +delivered +attempts +signatures verified +bodies identical$/);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('complains about nothing when all is well, and about each thing that is off', () => {
    expect(complaints([good])).toEqual([]);
    const bad = {
      ...good,
      counts: { delivered: 2, attempts: 9 },
      verdict: { ...good.verdict, verified: 1, signedByAll: 0, identical: 0, accepted: 1 },
    };
    expect(complaints([bad])).toHaveLength(6);
  });
});
