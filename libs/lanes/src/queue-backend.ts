import { createPostgresBackend, Queue, Worker } from 'bullmq';
import type { Job, JobsOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { waitAtMost } from './wait-at-most.js';

export interface QueueSettings {
  /** Null: the queue lives in Postgres. */
  redisUrl: string | null;
  databaseUrl: string;
  /** Shared by every process of a deployment. */
  name: string;
  /** Key prefix on Redis; schema on Postgres. */
  prefix: string;
}

/** What a job carries: ids only. `lane`: look at this endpoint's lane. `fan-out`: wake every lane this event has a delivery on. */
export interface WakeData {
  id: string;
}
export type WakeKind = 'lane' | 'fan-out';
export type WakeQueue = Queue<WakeData, void, WakeKind>;
export type WakeJob = Job<WakeData, void, WakeKind>;

/**
 * A wake is never delayed, has no id of its own, and is tried once. At most one per endpoint is active and one waits; what comes while one is
 * active is kept as the one that waits. A *delayed* job, or one with a backoff, under the same deduplication id would swallow every later
 * wake until its time (seen to happen).
 */
export function laneWake(endpointId: string): JobsOptions {
  return { ...WAKE, deduplication: { id: endpointId, keepLastIfActive: true } };
}
export const WAKE: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** Streams of events that nobody reads are kept short. */
const EVENTS_KEPT = 100;
/** As good as any number; Postgres takes it as a 32-bit integer. */
const MOST_STALLS = 1_000_000_000;
const RECONNECT_AT_MOST_MS = 1_000;
/** A Redis that takes commands and does not answer costs wakes, it does not hold up those after it. */
const ANSWERS_WITHIN_MS = 2_000;
/** Closing in good order waits for the backend's answers; one that is away or frozen gives none (seen to hang for ever). */
const CLOSED_WITHIN_MS = 800;
const QUEUE_CLOSED_WITHIN_MS = 300;

export interface OpenQueue {
  queue: WakeQueue;
  /** Resolves when the first connection stands, or has taken too long: before then nobody knows whether the backend is away. */
  firstTry: Promise<unknown>;
  /** True: the backend is known to be away, do not ask it. */
  isAway(): boolean;
  /** Resolves when the backend answers; rejects when it is away. */
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** Resolves when it is connected, or is not. */
const isKnown = (redis: Redis): Promise<void> =>
  new Promise((resolve) => {
    for (const event of ['ready', 'error', 'end']) {
      redis.once(event, () => {
        resolve();
      });
    }
  });

/** The producing side. Commands fail at once while the backend is away: wakes are dropped then, never queued. */
export function openQueue(settings: QueueSettings, onError: (error: Error) => void): OpenQueue {
  const shared = { prefix: settings.prefix, streams: { events: { maxLen: EVENTS_KEPT } } };
  if (settings.redisUrl === null) {
    const queue = new Queue<WakeData, void, WakeKind>(
      settings.name,
      { ...shared, connection: postgresConnection(settings, 2) },
      createPostgresBackend as never,
    );
    queue.on('error', onError);
    return {
      queue,
      firstTry: Promise.resolve(),
      isAway: () => false,
      ping: () => queue.getWaitingCount(),
      close: () => queue.close(),
    };
  }
  const redis = connectRedis(settings.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWERS_WITHIN_MS,
    onError,
  });
  const queue: WakeQueue = new Queue(settings.name, { ...shared, connection: redis });
  queue.on('error', onError);
  const firstTry = waitAtMost(ANSWERS_WITHIN_MS, isKnown(redis));
  return {
    queue,
    firstTry,
    // BullMQ waits for a client that is not ready, and an offline queue would keep its commands: neither is wanted for a wake.
    isAway: () => redis.status !== 'ready',
    ping: async () => {
      await firstTry;
      return redis.ping();
    },
    close: async () => {
      await waitAtMost(QUEUE_CLOSED_WITHIN_MS, queue.close());
      redis.disconnect();
    },
  };
}

export interface OpenWorker {
  worker: Worker<WakeData, void, WakeKind>;
  close(): Promise<unknown>;
}

/** The consuming side; `autorun` is off: the owner decides when it may fetch. */
export function openWorker(
  settings: QueueSettings & { concurrency: number; lockDurationMs: number; stalledIntervalMs: number },
  process: (job: WakeJob) => Promise<void>,
  onError: (error: Error) => void,
): OpenWorker {
  const shared = {
    autorun: false,
    prefix: settings.prefix,
    concurrency: settings.concurrency,
    lockDuration: settings.lockDurationMs,
    stalledInterval: settings.stalledIntervalMs,
    // A lane of a worker that dies again and again is still a lane: stalling never fails a job.
    maxStalledCount: MOST_STALLS,
    runRetryDelay: RECONNECT_AT_MOST_MS,
    drainDelay: 5,
  };
  if (settings.redisUrl === null) {
    const worker = new Worker<WakeData, void, WakeKind>(
      settings.name,
      process,
      { ...shared, connection: postgresConnection(settings, 4) },
      createPostgresBackend as never,
    );
    worker.on('error', onError);
    return { worker, close: () => waitAtMost(CLOSED_WITHIN_MS, worker.close()) };
  }
  const redis = connectRedis(settings.redisUrl, { enableOfflineQueue: true, maxRetriesPerRequest: null, onError });
  const copies = keepCopies(redis);
  const worker = new Worker<WakeData, void, WakeKind>(settings.name, process, { ...shared, connection: redis });
  worker.on('error', onError);
  return {
    worker,
    close: async () => {
      await waitAtMost(CLOSED_WITHIN_MS, worker.close());
      // Closing by force is no way out: BullMQ answers with the closing under way. So its connections are cut here.
      for (const connection of [redis, ...copies]) connection.disconnect();
    },
  };
}

/** BullMQ makes its blocking connection as a copy of ours and shows it to nobody. */
function keepCopies(redis: Redis): Redis[] {
  const copies: Redis[] = [];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => {
    const copy = duplicate(options);
    copies.push(copy);
    return copy;
  };
  return copies;
}

/** Creates or upgrades the queue's schema when it lives in Postgres; on Redis there is nothing to prepare. Throws when Postgres is away. */
export async function prepareQueue(settings: QueueSettings): Promise<void> {
  if (settings.redisUrl !== null) return;
  const queue = new Queue(
    settings.name,
    { connection: { ...postgresConnection(settings, 1), migrate: true } },
    createPostgresBackend as never,
  );
  queue.on('error', () => undefined);
  try {
    await queue.waitUntilReady();
  } finally {
    await queue.close();
  }
}

function postgresConnection(settings: QueueSettings, max: number): object {
  return {
    connectionString: settings.databaseUrl,
    schema: `${settings.prefix}_queue`,
    application_name: 'posthorn-queue',
    max,
    keepAlive: true,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
  };
}

function connectRedis(
  url: string,
  options: {
    enableOfflineQueue: boolean;
    maxRetriesPerRequest: number | null;
    commandTimeout?: number;
    onError: (error: Error) => void;
  },
): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: options.enableOfflineQueue,
    maxRetriesPerRequest: options.maxRetriesPerRequest,
    connectTimeout: 5_000,
    ...(options.commandTimeout === undefined ? {} : { commandTimeout: options.commandTimeout }),
    retryStrategy: (times) => Math.min(50 * 2 ** times, RECONNECT_AT_MOST_MS),
  });
  redis.on('error', options.onError);
  return redis;
}
