import type { ColumnCount } from './reseal.js';
import { rotationReport } from './rotation-report.js';

const report = (count: Partial<ColumnCount>) =>
  rotationReport(new Map([['endpoints.headers_sealed', { byKey: {}, unopened: [], ...count }]]), 'k2');

describe('the report of a rotation', () => {
  it('is complete when the first key opens everything, and when there is nothing', () => {
    expect(report({ byKey: { k2: 3 } })).toEqual({
      lines: [
        'endpoints.headers_sealed: 3 under k2',
        'Every value opens with k2: the other keys may be removed from MASTER_KEYS.',
      ],
      complete: true,
    });
    expect(report({}).lines[0]).toBe('endpoints.headers_sealed: nothing');
    expect(report({}).complete).toBe(true);
  });

  it('is not complete while one value is under another key', () => {
    const { lines, complete } = report({ byKey: { k2: 3, k1: 1 } });
    expect([lines[0], complete]).toEqual(['endpoints.headers_sealed: 3 under k2, 1 under k1', false]);
    expect(lines.join('\n')).not.toContain('may be removed');
  });

  it('names at most twenty rows that do not open, and the count of all', () => {
    const unopened = Array.from({ length: 23 }, (_, n) => ({ key: [`row-${n}`], reason: 'changed' }));
    const { lines, complete } = report({ byKey: { k2: 1 }, unopened });
    expect(complete).toBe(false);
    expect(lines[0]).toBe('endpoints.headers_sealed: 1 under k2, 23 that do not open');
    expect(lines.filter((line) => line.includes('row-'))).toHaveLength(20);
    expect(lines).toContain('  and 3 more');
  });
});
