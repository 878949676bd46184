/** How `/in/<name>?status=503&times=2&delay=300` is to misbehave. */
export interface Misbehaviour {
  readonly status: number;
  /** How many requests at this name are answered so; the rest get 200. Null = all. */
  readonly times: number | null;
  readonly delayMs: number;
}

const STATUS = { least: 200, most: 599 };
const MOST_TIMES = 1_000_000;
const MOST_DELAY_MS = 120_000;

/** A sentence when a value cannot be followed. */
export function readMisbehaviour(query: URLSearchParams): Misbehaviour | string {
  const status = whole(query.get('status'), STATUS.least, STATUS.most);
  const times = whole(query.get('times'), 0, MOST_TIMES);
  const delay = whole(query.get('delay'), 0, MOST_DELAY_MS);
  if (status === undefined) return 'status must be a whole number from 200 to 599.';
  if (times === undefined) return `times must be a whole number from 0 to ${String(MOST_TIMES)}.`;
  if (delay === undefined) return `delay must be milliseconds from 0 to ${String(MOST_DELAY_MS)}.`;
  return { status: status ?? 200, times, delayMs: delay ?? 0 };
}

/** What request number `n` at the name (from 1) is answered with, and after how long. */
export function behave({ status, times, delayMs }: Misbehaviour, n: number): { status: number; delayMs: number } {
  return times !== null && n > times ? { status: 200, delayMs: 0 } : { status, delayMs };
}

/** Null = not given, undefined = wrong. */
function whole(text: string | null, least: number, most: number): number | null | undefined {
  if (text === null) return null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}
