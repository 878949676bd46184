import { randomBytes } from 'node:crypto';
import { ConfigError, formatMasterKeys, loadConfig, loadGroups, loadOptional, VARIABLES } from './index.js';
import type { Variable } from './index.js';

const key = randomBytes(32);
const REQUIRED = {
  DATABASE_URL: 'postgres://me:hidden@localhost/posthorn',
  MASTER_KEYS: formatMasterKeys([{ id: 'a', key }]),
};

describe('loadConfig', () => {
  it('gives every default when only the required variables are set', () => {
    const config = loadConfig(REQUIRED);
    expect(config.http).toMatchObject({ host: '127.0.0.1', apiPort: 4000, metricsPort: null, trustProxy: false });
    expect(config.queue).toMatchObject({ redisUrl: null, name: 'lanes', concurrency: 250, lockDurationMs: 8000 });
    expect(config.egress.allowCidrs).toEqual([]);
    expect(config.secrets.masterKeys).toEqual([{ id: 'a', key }]);
  });

  it('treats an empty value as unset', () => {
    const config = loadConfig({ ...REQUIRED, REDIS_URL: '', API_PORT: ' ', EGRESS_ALLOW_CIDRS: '' });
    expect([config.queue.redisUrl, config.http.apiPort, config.egress.allowCidrs]).toEqual([null, 4000, []]);
  });

  it('freezes every group and every list', () => {
    const config = loadConfig({ ...REQUIRED, EGRESS_ALLOW_CIDRS: '127.0.0.0/8, ::1' });
    expect(config.egress.allowCidrs).toEqual(['127.0.0.0/8', '::1/128']);
    expect([config, config.http, config.egress.allowCidrs, config.secrets.masterKeys].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('names every wrong variable at once, each in one sentence with what is allowed', () => {
    const problems = problemsOf({ ...REQUIRED, API_PORT: 'abc', LANE_SLOTS: '0', LOG_LEVEL: 'loud' });
    expect(problems).toEqual([
      'LANE_SLOTS is "0", but must be a whole number from 1 to 10000.',
      'API_PORT is "abc", but must be a port from 0 to 65535.',
      'LOG_LEVEL is "loud", but must be one of silent, fatal, error, warn, info, debug, trace.',
    ]);
  });

  it('says what a missing required variable is for', () => {
    expect(problemsOf({ MASTER_KEYS: REQUIRED.MASTER_KEYS })).toEqual([
      'DATABASE_URL is not set. The Postgres (15 or later) that holds everything.',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://me:hidden@localhost/x'],
    ['REDIS_URL', 'http://:hidden@localhost'],
    ['MASTER_KEYS', 'a:hidden'],
    ['MASTER_KEYS', `${REQUIRED.MASTER_KEYS},${REQUIRED.MASTER_KEYS}`],
  ])('does not show a wrong %s', (name, value) => {
    const [problem, ...more] = problemsOf({ ...REQUIRED, [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} has a value that is not right: it must be `));
    expect(problem).not.toContain(value);
    expect(more).toEqual([]);
  });

  it.each([
    ['API_PORT', '65536'],
    ['API_PORT', '-1'],
    ['API_PORT', '0x10'],
    ['API_PORT', '4e3'],
    ['TRUST_PROXY', 'yes'],
    ['HOST', 'not an address'],
    ['PUBLIC_URL', 'ftp://example.com'],
    ['EGRESS_ALLOW_CIDRS', '127.0.0.0/33'],
    ['EGRESS_ALLOW_CIDRS', '127.0.0.1/8/8'],
    ['EGRESS_ALLOW_CIDRS', 'localhost'],
    ['EGRESS_ALLOW_CIDRS', '10.0.0.0/8,,'],
    ['QUEUE_PREFIX', 'a:b'],
    ['QUEUE_PREFIX', 'my-app'],
    ['QUEUE_PREFIX', '1UP'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ ...REQUIRED, [name]: value })).toHaveLength(1);
  });
});

describe('loadGroups', () => {
  it('asks only for what these groups need', () => {
    expect(loadGroups(['log'], {})).toEqual({ log: { level: 'info' } });
  });
});

describe('loadOptional', () => {
  it('is null when unset or empty, and refuses a wrong value', () => {
    const row = VARIABLES.database.url;
    expect([loadOptional(row, {}), loadOptional(row, { DATABASE_URL: '' })]).toEqual([null, null]);
    expect(() => loadOptional(row, { DATABASE_URL: 'nonsense' })).toThrow(ConfigError);
  });
});

describe('the table', () => {
  it('has each name once, and a sentence for it', () => {
    const rows = Object.values(VARIABLES).flatMap((group) => Object.values<Variable<unknown>>(group));
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.filter(({ describes }) => !/^[A-Z].*\.$/.test(describes))).toEqual([]);
  });
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
