/** What a registry answers that has no audit endpoint. Whatever else it answers, or its silence, is a failure. */
const NO_ENDPOINT = new Set([404, 405, 501]);

/**
 * @typedef {{ kind: 'clean' | 'vulnerable' | 'not-offered' | 'no-answer', lines: string[] }} Verdict
 * @typedef {{ severity: string, range: string }} Vulnerability
 */

/**
 * What `npm audit --json` found out. It ends with 1 for a vulnerability and for an answer that never came: only its output tells them apart.
 * @param {string} output
 * @returns {Verdict}
 */
export function auditVerdict(output) {
  const report = parse(output);
  const total = report?.metadata?.vulnerabilities?.total;
  if (total === 0) return { kind: 'clean', lines: ['no known vulnerability in a production dependency'] };
  if (typeof total === 'number') {
    /** @type {[string, Vulnerability][]} */
    const found = Object.entries(report.vulnerabilities ?? {});
    return { kind: 'vulnerable', lines: found.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`) };
  }
  if (NO_ENDPOINT.has(report?.statusCode)) {
    const line = `NOT AUDITED: the registry that npm uses has no audit endpoint (it answered ${report.statusCode})`;
    return { kind: 'not-offered', lines: [line] };
  }
  return { kind: 'no-answer', lines: [`NOT AUDITED: no answer: ${report?.message ?? 'npm printed no report'}`] };
}

/** @param {string} output */
function parse(output) {
  try {
    return JSON.parse(output);
  } catch {
    return undefined; // said as "no report"
  }
}
