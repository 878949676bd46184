import { auditVerdict } from '../../scripts/audit-verdict.mjs';

const report = (total: number, vulnerabilities = {}) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total } } });
const failure = (fields: object) =>
  JSON.stringify({ message: 'it said no', error: { summary: '', detail: '' }, ...fields });

describe('the audit of production dependencies', () => {
  it('is clean only when the registry has answered so', () => {
    expect(auditVerdict(report(0)).kind).toBe('clean');
  });

  it('names what is vulnerable', () => {
    const found = { pg: { severity: 'high', range: '<8.24.0' } };
    expect(auditVerdict(report(1, found))).toEqual({ kind: 'vulnerable', lines: ['pg <8.24.0: high'] });
  });

  it.each([404, 405, 501])('says that it was not made where the registry offers none (%i)', (statusCode) => {
    const { kind, lines } = auditVerdict(failure({ statusCode }));
    expect([kind, lines.join('')]).toEqual(['not-offered', expect.stringContaining('NOT AUDITED')]);
  });

  it.each([
    ['a refused connection', failure({})],
    ['a server error', failure({ statusCode: 503 })],
    ['a refusal', failure({ statusCode: 401 })],
    ['half a report', report(0).slice(0, 40)],
    ['no report', ''],
    ['a report without a count', JSON.stringify({ metadata: {} })],
    ['null', 'null'],
  ])('does not take %s for clean, nor for a finding', (_what, output) => {
    const { kind, lines } = auditVerdict(output);
    expect([kind, lines.join('')]).toEqual(['no-answer', expect.stringContaining('NOT AUDITED')]);
  });
});
