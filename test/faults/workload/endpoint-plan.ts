import type { Random } from '../../../simulate/random.js';
import { LEASE_MS } from '../settings.js';

/** A customer's endpoint in a run: what it is set to, what is published to it, and how it behaves. */
export interface EndpointPlan {
  readonly uid: string;
  readonly concurrency: number;
  readonly ordering: 'none' | 'fifo';
  readonly timeoutMs: number;
  readonly perSecond: number;
  /** Milliseconds to an answer. */
  delayMs(random: Random): number;
  status(random: Random): number;
  /** Everything published to it is delivered in the end, unless it says itself that it will never take it. */
  readonly heals: boolean;
  /** Deleted by its owner in mid-run. */
  readonly leaves?: boolean;
}

const TIMEOUT_MS = 3_000;
const quick = (random: Random): number => 1 + random() * 10;
const ok = (): number => 200;
/** One in so many. */
const oneIn =
  (n: number, status: number) =>
  (random: Random): number =>
    random() < 1 / n ? status : 200;

const plain = { ordering: 'none', timeoutMs: TIMEOUT_MS, delayMs: quick, status: ok, heals: true } as const;

/** Caps from 1 to 20, ordered, flaky, slower than a lease, refusing, gone: about 150 events a second at a rate of 1. */
export function endpointPlans(rate: number): EndpointPlan[] {
  const caps = [1, 2, 3, 5, 10, 20];
  // Answers in 20–40 ms, so that a cap of one or two is reached.
  const busy = (random: Random): number => 20 + random() * 20;
  return [
    ...caps.map((concurrency, n) => ({
      ...{ ...plain, uid: `plain-${n}`, concurrency, perSecond: [5, 12, 15, 20, 24, 24][n]! * rate },
      ...(concurrency < 5 ? { delayMs: busy } : {}),
    })),
    { ...plain, uid: 'flaky', concurrency: 5, perSecond: 12 * rate, status: oneIn(10, 500) },
    { ...plain, uid: 'bursting', concurrency: 4, perSecond: 12 * rate, status: oneIn(20, 404) },
    { ...plain, uid: 'fifo', concurrency: 1, ordering: 'fifo', perSecond: 8 * rate },
    { ...plain, uid: 'fifo-flaky', concurrency: 1, ordering: 'fifo', perSecond: 4 * rate, status: oneIn(15, 500) },
    // Its requests outlive a lease: an expired holder's are still open when the next one takes over.
    slow(1),
    slow(2),
    { ...plain, uid: 'refusing', concurrency: 3, perSecond: 4 * rate, status: oneIn(4, 413) },
    { ...plain, uid: 'failing', concurrency: 2, perSecond: 0.5 * rate, status: () => 500, heals: false },
    { ...plain, uid: 'leaving', concurrency: 2, perSecond: 2 * rate, delayMs: busy, leaves: true },
  ];
}

function slow(n: number): EndpointPlan {
  const delayMs = (random: Random): number => LEASE_MS * (1.1 + random() * 0.4);
  return { ...plain, uid: `slow-${n}`, concurrency: 3, timeoutMs: 5_000, perSecond: 0.4, delayMs };
}
