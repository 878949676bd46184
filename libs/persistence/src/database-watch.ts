import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client } from 'pg';
import type { ClientConfig, Pool, PoolClient } from 'pg';

/** One question after the other, so often. */
const ASKED_EVERY_MS = 300;
/** A database that has not answered within this is away. With the period between questions it stays below the 2 s that a refusal may take. */
const SILENT_AFTER_MS = 1_000;
/** A timer that comes so much too late says that this process stood still, and nothing of Postgres. */
const STOOD_STILL_MS = 200;

/** Postgres has stopped answering; whether what was under way is stored, nobody knows. */
export class DatabaseSilent extends Error {
  override readonly name = 'DatabaseSilent';
  constructor() {
    super('Postgres does not answer');
  }
}

/** The sockets of a pool, so that they can be given up: a request on a connection that a firewall forgot would wait for its time limit. */
class PoolSockets {
  private readonly clients = new Set<PoolClient>();

  constructor(pool: Pool) {
    pool.on('connect', (client) => this.clients.add(client));
    // One that was opened before anybody listened.
    pool.on('acquire', (client) => this.clients.add(client));
    pool.on('remove', (client) => this.clients.delete(client));
  }

  /** Their queries fail at once, and the pool opens new ones. `end` would be too polite: it waits for an answer to its good-bye. */
  destroy(): void {
    for (const client of this.clients) socketOf(client).destroy();
  }
}

/**
 * Notices within 1.5 s that Postgres says nothing any more (frozen, or behind a black hole), which its clients otherwise learn from their time
 * limits only, ten times as late: one small question after the other, on a connection of its own. Silence alone counts. A refusal is an
 * answer: whoever asks gets it as quickly, and other connections may be fine.
 */
export class DatabaseWatch {
  private client: Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private asking: Promise<void> = Promise.resolve();
  private stopped = false;
  private silent = false;
  private readonly waiting = new Set<(error: DatabaseSilent) => void>();
  private readonly sockets: PoolSockets[];

  constructor(
    private readonly config: ClientConfig,
    pools: readonly Pool[],
  ) {
    this.sockets = pools.map((pool) => new PoolSockets(pool));
  }

  start(): this {
    this.askLater(0);
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.asking;
    await this.client?.end();
  }

  /** The outcome of `work`, or `DatabaseSilent` as soon as Postgres is silent: what becomes of `work` is then nobody's concern. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.expectAnswers();
    let give: (error: DatabaseSilent) => void = () => undefined;
    const silence = new Promise<never>((_, reject) => (give = reject));
    this.waiting.add(give);
    try {
      return await Promise.race([work(), silence]);
    } finally {
      this.waiting.delete(give);
    }
  }

  /** Throws `DatabaseSilent` while Postgres is silent. */
  expectAnswers(): void {
    if (this.silent) throw new DatabaseSilent();
  }

  private askLater(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.asking = this.ask().finally(() => {
        this.askLater(ASKED_EVERY_MS);
      });
    }, ms);
  }

  private async ask(): Promise<void> {
    const client = this.client ?? this.newClient();
    const state = { answered: false };
    const answer = this.question(client)
      .catch(() => {
        this.discard(client);
      })
      .then(() => void (state.answered = true));
    while (!state.answered && (await waitFor(answer)) > SILENT_AFTER_MS + STOOD_STILL_MS);
    // The answer may be here, unread: a busy event loop runs its timers first.
    for (let turn = 0; turn < 2 && !state.answered; turn += 1) await nextTurn();
    if (state.answered) this.silent = false;
    else this.fallSilent(client);
  }

  private newClient(): Client {
    const client = new Client({ ...this.config, query_timeout: 0, connectionTimeoutMillis: 0 });
    // Its end shows in the question under way, or in the next.
    client.on('error', () => {
      this.discard(client);
    });
    return client;
  }

  private async question(client: Client): Promise<void> {
    if (this.client === null) await client.connect();
    this.client = client;
    await client.query('SELECT 1');
  }

  private fallSilent(client: Client): void {
    this.discard(client);
    if (!this.silent) for (const sockets of this.sockets) sockets.destroy();
    this.silent = true;
    for (const give of [...this.waiting]) give(new DatabaseSilent());
  }

  private discard(client: Client): void {
    if (this.client === client) this.client = null;
    socketOf(client).destroy();
  }
}

/** Not longer than an answer may take. Resolves with the ms it took. */
async function waitFor(answer: Promise<void>): Promise<number> {
  const begun = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SILENT_AFTER_MS);
  });
  await Promise.race([answer, late]);
  clearTimeout(timer);
  return performance.now() - begun;
}

/** The one way: `end` waits for what is under way. */
function socketOf(client: Client | PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
