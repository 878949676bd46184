import { ATTEMPT_ERROR_CLASSES, type AttemptErrorClass } from './attempt-result.js';
import { judgeOutcome, type LaneSignal, type Outcome } from './outcome.js';
import { HOUR, SECOND } from './units.js';

const NOW = Date.UTC(2026, 10, 23);
const timings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };

function judge(statusCode: number, retryAfter: string | null): Outcome {
  const response = {
    statusCode,
    contentType: null,
    retryAfter: retryAfter === null ? [] : [retryAfter],
    location: null,
    body: Buffer.alloc(0),
    truncated: false,
  };
  return judgeOutcome({ kind: 'response', response, startedAt: NOW, durationMs: 1, timings }, NOW);
}

describe('what a response means', () => {
  const delivered = 'delivered' as const;
  const retry = 'retry' as const;
  const gone = { dead: 'gone' } as const;
  const tooLarge = { dead: 'payload_too_large' } as const;
  const waits = 'the lane waits';

  // status, Retry-After → delivery, lane, whether the schedule advances, until when nothing is sent (s), whether the lane waits
  type Row = [
    number,
    string | null,
    Outcome['delivery'],
    LaneSignal,
    'advances' | 'stays',
    number | null,
    typeof waits | null,
  ];
  it.each<Row>([
    [200, null, delivered, 'success', 'stays', null, null],
    [201, null, delivered, 'success', 'stays', null, null],
    [204, null, delivered, 'success', 'stays', null, null],
    [299, null, delivered, 'success', 'stays', null, null],
    [200, '30', delivered, 'success', 'stays', null, null],
    [300, null, retry, 'alive', 'advances', null, null],
    [301, null, retry, 'alive', 'advances', null, null],
    [304, null, retry, 'alive', 'advances', null, null],
    [308, '30', retry, 'alive', 'advances', 30, waits],
    [400, null, retry, 'alive', 'advances', null, null],
    [401, null, retry, 'alive', 'advances', null, null],
    [404, null, retry, 'alive', 'advances', null, null],
    [404, '30', retry, 'alive', 'advances', 30, waits],
    [408, null, retry, 'soft_loss', 'advances', null, null],
    [408, '30', retry, 'soft_loss', 'advances', 30, waits],
    [409, null, retry, 'alive', 'advances', null, null],
    [410, null, gone, 'gone', 'advances', null, null],
    [410, '30', gone, 'gone', 'advances', 30, null],
    [413, null, tooLarge, 'alive', 'advances', null, null],
    [413, '-5', tooLarge, 'alive', 'advances', null, null],
    [413, '30', retry, 'alive', 'advances', 30, waits],
    [425, null, retry, 'soft_loss', 'advances', null, null],
    [429, null, retry, 'throttled', 'stays', 60, waits],
    [429, '30', retry, 'throttled', 'stays', 30, waits],
    [429, '0', retry, 'throttled', 'stays', 0, waits],
    [429, '-5', retry, 'throttled', 'stays', 60, waits],
    [429, '9999999', retry, 'throttled', 'stays', (72 * HOUR) / SECOND, waits],
    [499, null, retry, 'alive', 'advances', null, null],
    [500, null, retry, 'loss', 'advances', null, null],
    [500, '30', retry, 'loss', 'advances', 30, waits],
    [501, null, retry, 'alive', 'advances', null, null],
    [501, '30', retry, 'alive', 'advances', 30, waits],
    [502, null, retry, 'loss', 'advances', null, null],
    [503, null, retry, 'loss', 'advances', null, null],
    [503, 'soon', retry, 'loss', 'advances', null, null],
    [503, '30', retry, 'throttled_loss', 'stays', 30, waits],
    [504, null, retry, 'loss', 'advances', null, null],
    [504, '30', retry, 'loss', 'advances', 30, waits],
    [599, null, retry, 'loss', 'advances', null, null],
    [100, null, retry, 'loss', 'advances', null, null],
    [101, null, retry, 'loss', 'advances', null, null],
    [199, null, retry, 'loss', 'advances', null, null],
    [600, null, retry, 'loss', 'advances', null, null],
    [999, null, retry, 'loss', 'advances', null, null],
    [0, null, retry, 'loss', 'advances', null, null],
  ])('%i, Retry-After %s → %j, %s, schedule %s', (status, retryAfter, delivery, lane, schedule, seconds, pause) => {
    expect(judge(status, retryAfter)).toEqual({
      delivery,
      lane,
      advances: schedule === 'advances',
      retryAfterUntil: seconds === null ? null : NOW + seconds * SECOND,
      pause: pause !== null,
      error: delivery === delivered ? null : status >= 300 && status < 400 ? 'redirect' : 'http_status',
    } satisfies Outcome);
  });
});

describe('what no response means', () => {
  const classes = ATTEMPT_ERROR_CLASSES.filter((error) => error !== 'http_status' && error !== 'redirect');

  it.each(classes)('%s: retried, and told to the lane', (error: AttemptErrorClass) => {
    expect(judgeOutcome({ kind: 'failure', error, detail: '', startedAt: NOW, durationMs: 1, timings }, NOW)).toEqual({
      delivery: 'retry',
      advances: true,
      retryAfterUntil: null,
      pause: false,
      lane: error === 'blocked_address' ? 'flagged' : 'loss',
      error,
    });
  });
});
