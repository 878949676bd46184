import { ProblemError } from '#core';
import { isDatabaseAway, isPassing, sqlState } from '#persistence';
import type { PublishRequest } from './prepare-publish.js';

/** A key that appears between the look and the write is found by the next look; a circle of waiting keys is gone at the next try. */
const LOOKS = 5;
/** 23505 unique violation; 40 deadlock and serialization: in each case a twin was faster and this transaction was rolled back. */
const LOOK_AGAIN = /^(23505|40)/;

/**
 * True: the server refused, so nothing was stored and the same may be tried again. Everything else leaves open whether the commit happened (a
 * connection lost after it, an answer that came too late): a second try could store the events twice. A statement timeout (57014) does prove
 * a rollback, but the database that was too slow for a group is not helped by the same work in a thousand pieces.
 */
export function isRolledBack(error: unknown): boolean {
  return sqlState(error) !== undefined && !isDatabaseAway(error);
}

/** What a producer is told about a failure: `unavailable` when the outcome is unknown, who then repeats with the same key, or not. */
export function problemOf(error: unknown, request: PublishRequest): unknown {
  if (error instanceof ProblemError) return error;
  const conflict = isPassing(error) || LOOK_AGAIN.test(sqlState(error) ?? '');
  if (isRolledBack(error)) {
    if (!conflict) return error;
    if (isKeyed(request)) return new ProblemError('idempotency_in_progress', { retryAfterSeconds: 1, cause: error });
  }
  return new ProblemError('unavailable', { retryAfterSeconds: 1, cause: error });
}

/** Stores one request by itself; `work` looks and writes in one go. Throws what the producer is told. */
export async function storeOne<Result>(request: PublishRequest, work: () => Promise<Result>): Promise<Result> {
  for (let look = 1; ; look += 1) {
    try {
      return await work();
    } catch (error) {
      if (isRolledBack(error) && LOOK_AGAIN.test(sqlState(error) ?? '') && look < LOOKS) continue;
      throw problemOf(error, request);
    }
  }
}

const isKeyed = ({ events }: PublishRequest): boolean => events.some((event) => event.idempotencyKey !== null);
