import { EGRESS_VARIABLES } from './egress-variables.js';
import { HTTP_LIMITS, PUBLISH_LIMITS } from './request-limits.js';
import { flag, host, integer, oneOf, optional, port, text, url } from './kinds.js';
import { masterKeys } from './master-keys.js';
import { count, ms, number } from './number-variable.js';
import { required, variable } from './variable.js';

const name = text(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -');
/** Postgres takes it as the beginning of a schema's name. */
const prefix = text(/^[A-Za-z_][A-Za-z0-9_]{0,40}$/, '1 to 41 letters, digits or _, not beginning with a digit');
const database = url('postgres:', 'postgresql:');
const redis = optional(url('redis:', 'rediss:'));

/**
 * Every variable Posthorn reads, by group and by the property it becomes. Validation, the type `Config` and the check of
 * docs/configuration.md all work from this table.
 */
export const VARIABLES = {
  database: {
    url: required('DATABASE_URL', database, 'The Postgres (15 or later) that holds everything.', { secret: true }),
    poolSize: number(
      'DATABASE_POOL_SIZE',
      'Most connections of one process on the path of an event; management has up to 5 more.',
      count(500, 10, 'connections'),
    ),
    statementTimeoutMs: number(
      'DATABASE_STATEMENT_TIMEOUT_MS',
      'A statement that runs longer is ended.',
      ms(100, 600_000, 10_000),
    ),
  },
  queue: {
    redisUrl: variable(
      'REDIS_URL',
      redis,
      'The Redis (6.2 or later, noeviction) that carries wakes; unset = the queue lives in Postgres.',
      { default: null, secret: true },
    ),
    name: variable('QUEUE_NAME', name, 'Name of the queue of lanes.', { default: 'lanes' }),
    prefix: variable(
      'QUEUE_PREFIX',
      prefix,
      "What every key of the queue in Redis begins with; also names the queue's schema in Postgres.",
      { default: 'posthorn' },
    ),
    concurrency: number('LANE_SLOTS', 'Most lanes one dispatcher works at a time.', count(10_000, 250, 'lanes')),
    lockDurationMs: number(
      'QUEUE_LOCK_MS',
      'How long a job of a dead dispatcher counts as being worked.',
      ms(500, 300_000, 8_000),
    ),
    stalledIntervalMs: number(
      'QUEUE_STALLED_MS',
      'How often jobs of dead dispatchers are looked for.',
      ms(250, 300_000, 4_000),
    ),
  },
  lane: {
    leaseMs: number('LEASE_MS', 'How long a dispatcher holds a lane without renewing.', ms(1_000, 300_000, 8_000)),
    renewEveryMs: number(
      'LEASE_RENEW_MS',
      'How often leases are renewed and changes of endpoints noticed.',
      ms(50, 60_000, 500),
    ),
    dueEveryMs: number('DUE_WAKES_MS', 'How often lanes whose time has come are looked for.', ms(20, 60_000, 250)),
    sweepEveryMs: number(
      'SWEEP_MS',
      'How often lanes with work but without a wake are looked for.',
      ms(100, 600_000, 10_000),
    ),
    // Whoever was not heard for five seconds counts as gone: one beat may be lost.
    heartbeatMs: number(
      'HEARTBEAT_MS',
      'How often a dispatcher says that it lives, and looks whether it holds more than its share of the lanes.',
      ms(50, 2_000, 1_000),
    ),
  },
  flow: {
    initialWindow: number(
      'FLOW_INITIAL_WINDOW',
      'Requests in flight that an endpoint nobody knows yet begins with.',
      count(1_000, 2, 'requests'),
    ),
    slowSuccessMs: number(
      'FLOW_SLOW_SUCCESS_MS',
      'A success that took longer does not raise the window.',
      ms(1, 60_000, 5_000),
    ),
    lossesInARow: number(
      'BREAKER_LOSSES_IN_A_ROW',
      'Losses in a row that open the breaker.',
      count(1_000, 5, 'attempts'),
    ),
    ratioAttempts: number(
      'BREAKER_RATIO_ATTEMPTS',
      'Attempts in the time counted from which on the share of losses may open the breaker.',
      count(100_000, 10, 'attempts'),
    ),
    lossPercent: number(
      'BREAKER_LOSS_PERCENT',
      'The share of losses that opens the breaker.',
      count(100, 70, 'percent'),
    ),
    rejectingAttempts: number(
      'BREAKER_REJECTING_ATTEMPTS',
      'Attempts in the time counted without one success that open the breaker.',
      count(100_000, 20, 'attempts'),
    ),
    countedMs: number('BREAKER_COUNTED_MS', 'The time over which attempts are counted.', ms(100, 3_600_000, 60_000)),
    openMs: number(
      'BREAKER_OPEN_MS',
      'How long a breaker is open at first; it doubles with every probe that fails.',
      ms(10, 3_600_000, 30_000),
    ),
    openAtMostMs: number('BREAKER_OPEN_MOST_MS', 'The longest a breaker is open.', ms(10, 86_400_000, 900_000)),
    freshWithinMs: number(
      'FRESH_WITHIN_MS',
      'A new event waits about this long behind a backlog, before it gets half of the window for itself.',
      ms(100, 600_000, 4_000),
    ),
    sliceMs: number('LANE_SLICE_MS', 'How long a busy lane keeps its slot while others wait.', ms(10, 60_000, 1_000)),
  },
  disabling: {
    disableAfterMs: number(
      'DISABLE_AFTER_MS',
      'An endpoint that has had no success for so long is disabled.',
      ms(1_000, 2_592_000_000, 432_000_000),
    ),
    disableFailures: number('DISABLE_FAILURES', 'Failed attempts it takes at least.', count(100_000, 10, 'attempts')),
    disableSpanMs: number(
      'DISABLE_SPAN_MS',
      'What must lie at least between the first and the last of them.',
      ms(0, 2_592_000_000, 43_200_000),
    ),
  },
  http: {
    host: variable('HOST', host, 'The address servers listen on.', { default: '127.0.0.1' }),
    apiPort: variable('API_PORT', port, 'Port of the API.', { default: 4000 }),
    adminPort: variable('ADMIN_PORT', port, 'Port of the admin app.', { default: 4001 }),
    inspectorPort: variable('INSPECTOR_PORT', port, 'Port of the inspector of `npm start`.', { default: 4002 }),
    dispatcherPort: variable('DISPATCHER_PORT', port, 'Port of the dispatcher: health and metrics.', { default: 4003 }),
    metricsPort: variable(
      'METRICS_PORT',
      optional(port),
      'Port on which the API serves /metrics; unset = not served.',
      { default: null },
    ),
    ...HTTP_LIMITS,
    trustProxy: variable(
      'TRUST_PROXY',
      flag,
      'Whether X-Forwarded-* headers are believed: only behind a proxy that sets them.',
      { default: false },
    ),
    publicUrl: variable(
      'PUBLIC_URL',
      optional(url('http:', 'https:')),
      "The API's address as receivers reach it, for thin payloads.",
      { default: null },
    ),
  },
  egress: EGRESS_VARIABLES,
  delivery: {
    maxRetryWindowSeconds: variable(
      'MAX_RETRY_WINDOW_SECONDS',
      integer(60, 604_800),
      'Longest giveUpAfterSeconds an endpoint may have; claims look this far back.',
      { default: 604_800, unit: 's' },
    ),
    retentionDays: number(
      'RETENTION_DAYS',
      'How long events, deliveries and attempts are kept.',
      count(3_650, 30, 'days'),
    ),
    payloadBudgetBytes: number(
      'PAYLOAD_BUDGET_BYTES',
      'Most payload bytes one dispatcher holds in memory.',
      count(4_294_967_296, 67_108_864, 'bytes'),
    ),
  },
  publish: PUBLISH_LIMITS,
  secrets: {
    masterKeys: required(
      'MASTER_KEYS',
      masterKeys,
      'Keys that encrypt secrets at rest, as `id:base64` of 32 bytes, separated by commas: the first encrypts, all decrypt.',
      { secret: true },
    ),
  },
  log: {
    level: variable(
      'LOG_LEVEL',
      oneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'),
      'Least severity that is logged.',
      { default: 'info' },
    ),
  },
  shutdown: {
    timeoutMs: number(
      'SHUTDOWN_TIMEOUT_MS',
      'How long a stopping process finishes what is in flight.',
      ms(0, 600_000, 35_000),
    ),
  },
  tests: {
    databaseUrl: variable(
      'TEST_DATABASE_URL',
      optional(database),
      'A Postgres in which `npm test` may make databases; unset = it starts one.',
      { default: null, secret: true },
    ),
  },
  standalone: {
    dataDir: variable(
      'POSTHORN_DATA_DIR',
      text(/^[^\0]{1,1024}$/, 'a path'),
      'Where `npm start` keeps its database, keys and dev.json.',
      { default: '.posthorn' },
    ),
  },
} as const;
