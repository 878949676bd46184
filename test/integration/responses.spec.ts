import { HOUR, SECOND } from '#core';
import { describeEachBackend, startReceiver } from '#testing';
import type { Answer, Receiver } from '#testing';
import { Fleet } from '../fleet/fleet.js';

const retryAfter = (value: string) => ({ 'retry-after': value });
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * SECOND).toUTCString();

type Fate = 'delivered' | 'retry' | 'gone' | 'payload_too_large';
interface Row {
  answer: Answer;
  fate: Fate;
  lane: Lesson;
  /** Whether the schedule goes on; and for how long the lane pauses, seconds. */
  advances: boolean;
  pause: number | null;
  error: string | null;
}

const row = (answer: Answer, fate: Fate, lane: Lesson, more: Partial<Row> = {}): Row => ({
  ...{ answer, fate, lane, advances: fate === 'retry', pause: null },
  error: fate === 'delivered' ? null : 'http_status',
  ...more,
});

const status = (code: number, headers?: Record<string, string>): Answer => ({
  status: code,
  ...(headers ? { headers } : {}),
});

/** The table of what a response means, row by row; `what` names the path as well. */
const TABLE: readonly (readonly [what: string, Row])[] = [
  ['200', row(status(200), 'delivered', 'success')],
  ['204', row(status(204), 'delivered', 'success')],
  ['299', row(status(299), 'delivered', 'success')],
  ['200-with-retry-after', row(status(200, retryAfter('30')), 'delivered', 'success')],
  ['200-whose-body-never-ends', row({ body: 'x', drip: { everyMs: 5, forever: true } }, 'delivered', 'success')],
  ['301', row(status(301, { location: '/elsewhere' }), 'retry', 'alive', { error: 'redirect' })],
  ['308', row(status(308, { location: '/elsewhere' }), 'retry', 'alive', { error: 'redirect' })],
  ['410', row(status(410), 'gone', 'gone')],
  ['413', row(status(413), 'payload_too_large', 'alive')],
  ['413-with-retry-after', row(status(413, retryAfter('40')), 'retry', 'alive', { pause: 40 })],
  ['429', row(status(429), 'retry', 'throttled', { advances: false, pause: 60 })],
  ['429-with-seconds', row(status(429, retryAfter('40')), 'retry', 'throttled', { advances: false, pause: 40 })],
  [
    '429-with-a-date',
    row(status(429, retryAfter(inSeconds(100))), 'retry', 'throttled', { advances: false, pause: 100 }),
  ],
  ['429-with-minus-five', row(status(429, retryAfter('-5')), 'retry', 'throttled', { advances: false, pause: 60 })],
  ['429-with-a-fraction', row(status(429, retryAfter('1.5')), 'retry', 'throttled', { advances: false, pause: 60 })],
  [
    '429-with-the-past',
    row(status(429, retryAfter(inSeconds(-100))), 'retry', 'throttled', { advances: false, pause: 60 }),
  ],
  [
    '429-with-a-year',
    row(status(429, retryAfter('31536000')), 'retry', 'throttled', { advances: false, pause: 72 * 3_600 }),
  ],
  [
    '503-with-retry-after',
    row(status(503, retryAfter('40')), 'retry', 'throttled loss', { advances: false, pause: 40 }),
  ],
  ['503', row(status(503), 'retry', 'loss')],
  ['503-with-nonsense', row(status(503, retryAfter('soon')), 'retry', 'loss')],
  ['408', row(status(408), 'retry', 'soft loss')],
  ['425', row(status(425), 'retry', 'soft loss')],
  ['400', row(status(400), 'retry', 'alive')],
  ['401', row(status(401), 'retry', 'alive')],
  ['404', row(status(404), 'retry', 'alive')],
  ['404-with-retry-after', row(status(404, retryAfter('40')), 'retry', 'alive', { pause: 40 })],
  ['501', row(status(501), 'retry', 'alive')],
  ['500', row(status(500), 'retry', 'loss')],
  ['500-with-retry-after', row(status(500, retryAfter('40')), 'retry', 'loss', { pause: 40 })],
  ['502', row(status(502), 'retry', 'loss')],
  ['504', row(status(504), 'retry', 'loss')],
  ['599', row(status(599), 'retry', 'loss')],
  ['a-reset', row({ reset: true }, 'retry', 'loss', { error: 'protocol_reset' })],
  ['no-answer', row({ hang: true }, 'retry', 'loss', { error: 'response_timeout' })],
];

/** Where there is no receiver at all. */
const NOWHERE: readonly (readonly [what: string, url: string, error: string])[] = [
  ['a name that does not exist', 'http://no-such-host.invalid/', 'dns_not_found'],
  ['a port nobody listens at', 'http://127.0.0.1:1/', 'connect_refused'],
];

interface Found {
  state: string;
  reason: string | null;
  attempts: number;
  step: number;
  waitMs: number;
  error: string | null;
  endpoint: string;
  endpointReason: string | null;
  pauseMs: number | null;
  pauseReason: string | null;
  flow: {
    window?: { size: number };
    lossStreak?: number;
    counts?: { attempts: number[]; losses: number[] };
  } | null;
}

/** The delivery once it was attempted and its lane is free again; times count from the end of the attempt. */
const FOUND = `
SELECT d.state, d.reason, d.attempts, d.step, a.error, e.state AS endpoint, e.state_reason AS "endpointReason",
  (extract(epoch FROM d.next_at - a.ended_at) * 1000)::float8 AS "waitMs",
  (extract(epoch FROM l.paused_until - a.ended_at) * 1000)::float8 AS "pauseMs", l.pause_reason AS "pauseReason", l.flow
FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id JOIN lanes l ON l.endpoint_id = d.endpoint_id
JOIN LATERAL (SELECT error, started_at + duration_ms * interval '1 ms' AS ended_at FROM attempts WHERE delivery_id = d.id AND number = 1) a ON true
WHERE d.endpoint_id = $1 AND d.attempts = 1 AND l.holder IS NULL`;

/** What counts for the breaker, and the window, which begins with two. */
const LESSONS = {
  success: { attempts: 1, losses: 0, streak: 0, window: 2 },
  alive: { attempts: 1, losses: 0, streak: 0, window: 2 },
  'soft loss': { attempts: 1, losses: 1, streak: 1, window: 2 },
  loss: { attempts: 1, losses: 1, streak: 1, window: 1 },
  throttled: { attempts: 0, losses: 0, streak: 0, window: 1 },
  'throttled loss': { attempts: 1, losses: 1, streak: 1, window: 1 },
  gone: { attempts: 0, losses: 0, streak: 0, window: 2 },
} as const satisfies Record<string, object>;
type Lesson = keyof typeof LESSONS;

function learnt({ flow }: Found): object {
  const first = (counts: number[] | undefined) => counts?.[0] ?? 0;
  return {
    attempts: first(flow?.counts?.attempts),
    losses: first(flow?.counts?.losses),
    streak: flow?.lossStreak ?? 0,
    window: flow?.window?.size ?? 2,
  };
}

const FIRST_DELAY_MS = 300 * SECOND;

describeEachBackend('what a response means', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;
  const found = new Map<string, Found>();

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
    const cases = [
      ...TABLE.map(([what, { answer }]) => {
        receiver.answer(`/${what}`, answer);
        return [what, receiver.url(`/${what}`)] as const;
      }),
      ...NOWHERE.map(([what, url]) => [what, url] as const),
    ];
    // All at once: a row that takes a second does so beside the others.
    await Promise.all(
      cases.map(async ([what, url]) => {
        const more = { timeoutMs: 800, retryInitialDelaySeconds: FIRST_DELAY_MS / SECOND };
        const { id, subscriberId } = await fleet.endpoint(url, more);
        await fleet.publishTo(subscriberId, 1);
        const [result] = await fleet.eventually<Found>(FOUND, [id], 20_000);
        if (result) found.set(what, result);
      }),
    );
  }, 40_000);

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  it.each(TABLE)('%s: the delivery', (what, { fate, advances, pause, error }) => {
    const result = found.get(what)!;
    const state = fate === 'delivered' ? 'delivered' : fate === 'retry' ? 'pending' : 'dead';
    const reason = state === 'dead' ? fate : null;
    expect(result).toMatchObject({ state, reason, error });
    if (state !== 'pending') return;
    expect(result.step).toBe(advances ? 1 : 0);
    // max(schedule, Retry-After), never early; a Retry-After of 72 h is the deadline's last attempt.
    const earliest = Math.max(FIRST_DELAY_MS, (pause ?? 0) * SECOND);
    expect(result.waitMs).toBeGreaterThanOrEqual(Math.min(earliest, 72 * HOUR) - 5 * SECOND);
    expect(result.waitMs).toBeLessThanOrEqual(Math.max(FIRST_DELAY_MS * 1.2, earliest) + 5 * SECOND);
  });

  it.each(TABLE)('%s: the lane', (what, { lane }) => {
    expect(learnt(found.get(what)!)).toEqual(LESSONS[lane]);
  });

  it.each(TABLE)('%s: the pause', (what, { pause }) => {
    const { pauseMs, pauseReason } = found.get(what)!;
    expect(pauseReason).toBe(pause === null ? null : 'retry_after');
    if (pause === null) {
      expect(pauseMs).toBeNull();
      return;
    }
    // A date was made when this file was loaded; seconds count from the answer and are never early.
    expect(pauseMs).toBeGreaterThanOrEqual(pause * SECOND - (what.includes('date') ? 30 * SECOND : 50));
    expect(pauseMs).toBeLessThanOrEqual(pause * SECOND + 2 * SECOND);
  });

  it.each(TABLE)('%s: the endpoint', (what, { fate }) => {
    const { endpoint, endpointReason } = found.get(what)!;
    expect([endpoint, endpointReason]).toEqual(fate === 'gone' ? ['disabled', 'gone'] : ['active', null]);
  });

  it.each(NOWHERE)('%s: a loss, by its name', (what, _url, error) => {
    const result = found.get(what)!;
    expect(result).toMatchObject({ state: 'pending', reason: null, step: 1, error, endpoint: 'active' });
    expect(result.flow).toMatchObject({ lossStreak: 1, window: { size: 1 } });
  });

  it('follows no redirect', () => {
    expect(receiver.at('/elsewhere')).toEqual([]);
  });
});
