import { judgeOutcome } from '../outcome.js';
import { DAY, HOUR, MINUTE, SECOND } from '../units.js';
import { DEFAULT_DISABLING, disablesAt, FailureRecord } from './failure-record.js';
import { FlowControl } from './flow-control.js';
import { DEFAULT_FLOW_SETTINGS } from './flow-settings.js';

const T0 = Date.UTC(2026, 10, 1);
const at = (ms: number): number => T0 + ms;

describe('when an endpoint that only fails is disabled', () => {
  // started, last success, failures, first failure → disables at; all after T0
  type Row = [string, number, number | null, number, number | null, number | null];
  it.each<Row>([
    ['never, while nothing failed', 0, null, 0, null, null],
    ['never, with one failure too few', 0, 0, 9, HOUR, null],
    ['five days after its creation, when it never worked', 0, null, 10, HOUR, 5 * DAY],
    ['five days after its last success', 0, 2 * DAY, 10, 2 * DAY + HOUR, 7 * DAY],
    ['five days after a resume that came later than the success', 3 * DAY, 2 * DAY, 10, 3 * DAY + HOUR, 8 * DAY],
    ['five days after a success that came later than the resume', 2 * DAY, 3 * DAY, 10, 3 * DAY + HOUR, 8 * DAY],
    ['twelve hours after the first failure, when that is later', 0, 0, 10, 5 * DAY, 5 * DAY + 12 * HOUR],
    ['at the same moment, where both meet', 0, 0, 10, 5 * DAY - 12 * HOUR, 5 * DAY],
    ['twelve hours after the first of very many', 0, 0, 1_000_000, 6 * DAY, 6 * DAY + 12 * HOUR],
  ])('%s', (_, started, lastSuccess, failures, first, expected) => {
    const record = {
      lastSuccessAt: lastSuccess === null ? null : at(lastSuccess),
      failures,
      firstFailureAt: first === null ? null : at(first),
      lastFailureAt: first === null ? null : at(first),
    };
    expect(disablesAt(record, at(started), DEFAULT_DISABLING)).toBe(expected === null ? null : at(expected));
  });

  it('never, when nothing is known of it', () => {
    expect(disablesAt(null, T0, DEFAULT_DISABLING)).toBeNull();
  });

  it('by other numbers, when these are set', () => {
    const record = { lastSuccessAt: null, failures: 2, firstFailureAt: at(SECOND), lastFailureAt: at(SECOND) };
    const scaled = { disableAfterMs: 5 * SECOND, disableFailures: 2, disableSpanMs: 12 * SECOND };
    expect(disablesAt(record, T0, scaled)).toBe(at(13 * SECOND));
    expect(disablesAt(record, T0, { ...scaled, disableFailures: 3 })).toBeNull();
  });
});

describe('the record of failures', () => {
  const failing = (...times: number[]): FailureRecord => {
    const record = new FailureRecord(null);
    for (const time of times) record.failed(at(time));
    return record;
  };
  /** Judged when an attempt has failed, as a holder does: one failure is always recent. */
  const isDisabled = (record: FailureRecord, now: number): boolean => {
    const due = disablesAt(record.stored(), T0, DEFAULT_DISABLING);
    return due !== null && at(now) >= due;
  };
  const daily = Array.from({ length: 9 }, (_, n) => n * HOUR);

  it('is nothing as long as nothing happened', () => {
    expect(new FailureRecord(null).stored()).toBeNull();
  });

  it('disables by the tenth failure, and not by the ninth', () => {
    expect(isDisabled(failing(...daily), 6 * DAY)).toBe(false);
    expect(isDisabled(failing(...daily, 6 * DAY), 6 * DAY)).toBe(true);
  });

  it('disables when the five days are over, and not a millisecond earlier', () => {
    expect(isDisabled(failing(...daily, 5 * DAY - 1), 5 * DAY - 1)).toBe(false);
    expect(isDisabled(failing(...daily, 5 * DAY), 5 * DAY)).toBe(true);
  });

  it('does not disable for a burst: first and last are twelve hours apart', () => {
    const begin = 6 * DAY;
    const burst = Array.from({ length: 50 }, (_, n) => begin + n * SECOND);
    expect(isDisabled(failing(...burst), begin + 50 * SECOND)).toBe(false);
    expect(isDisabled(failing(...burst, begin + 12 * HOUR - 1), begin + 12 * HOUR - 1)).toBe(false);
    expect(isDisabled(failing(...burst, begin + 12 * HOUR), begin + 12 * HOUR)).toBe(true);
  });

  it('begins anew with a success', () => {
    const record = failing(...daily, 4 * DAY);
    record.succeeded(at(4 * DAY + 1));
    expect(record.stored()).toEqual({
      lastSuccessAt: at(4 * DAY + 1),
      failures: 0,
      firstFailureAt: null,
      lastFailureAt: null,
    });
    record.failed(at(10 * DAY));
    expect(isDisabled(record, 10 * DAY)).toBe(false);
  });

  it('begins anew with a resume or a new URL, and still knows when it worked last', () => {
    const record = failing(...daily);
    record.succeeded(at(DAY));
    record.failed(at(2 * DAY));
    record.restart();
    expect(record.stored()).toMatchObject({ lastSuccessAt: at(DAY), failures: 0, firstFailureAt: null });
  });

  it('goes on where another holder left it', () => {
    const before = failing(...daily);
    const after = new FailureRecord(before.stored());
    after.failed(at(6 * DAY));
    expect(after.stored()).toEqual({
      lastSuccessAt: null,
      failures: 10,
      firstFailureAt: at(0),
      lastFailureAt: at(6 * DAY),
    });
  });
});

describe('what counts as a failure', () => {
  const timings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
  /** The failures of a lane after one attempt with that answer; null = no connection. */
  function failuresAfter(statusCode: number | null, retryAfter: string[] = []): number {
    const subject = { concurrency: 10, ratePerSecond: null, resumedAt: null, movedAt: null };
    const flow = new FlowControl(DEFAULT_FLOW_SETTINGS, subject, null, T0);
    const received = { contentType: null, retryAfter, location: null, body: Buffer.alloc(0), truncated: false };
    const result =
      statusCode === null
        ? ({ kind: 'failure', error: 'connect_refused', detail: '', startedAt: T0, durationMs: 1, timings } as const)
        : ({ kind: 'response', response: { statusCode, ...received }, startedAt: T0, durationMs: 1, timings } as const);
    flow.ended(flow.began(1), judgeOutcome(result, at(MINUTE)), 1, at(MINUTE), 0);
    return flow.failureRecord?.failures ?? 0;
  }

  it.each<[number | null, string[], number]>([
    [200, [], 0],
    [429, [], 0],
    [429, ['30'], 0],
    [404, [], 1],
    [302, [], 1],
    [500, [], 1],
    [503, ['30'], 1],
    [null, [], 1],
  ])('%s with Retry-After %j counts %i', (statusCode, retryAfter, expected) => {
    expect(failuresAfter(statusCode, retryAfter)).toBe(expected);
  });
});
