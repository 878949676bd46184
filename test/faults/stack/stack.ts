import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { formatMasterKeys } from '#config';
import { newUuid } from '#core';
import { freePort } from '#embedded';
import { prepareQueue } from '#lanes';
import { ApiKeyEntity, Database, runMigrations, TenantEntity } from '#persistence';
import { hashKey, newApiKey } from '#signing';
import { OPEN_LOOPBACK, TcpProxy } from '#testing';
import { startBenchRedis } from '../../../bench/stack/start-redis.js';
import type { BenchRedis } from '../../../bench/stack/start-redis.js';
import { now, SCALED } from '../settings.js';
import { AppProcess } from './app-process.js';
import type { Role } from './app-process.js';
import { PostgresServer } from './postgres-server.js';

/** An app with the lines between it and the rest. */
export interface Member {
  readonly app: AppProcess;
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  /** What producers reach it by. */
  readonly front: TcpProxy;
}

export interface StackOptions {
  readonly apis: number;
  readonly dispatchers: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly postgresSettings?: readonly string[];
  /** For the first start alone. */
  readonly firstEnv?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 30_000;
const LOOKS_EVERY_MS = 50;

/** Posthorn with a Postgres and a Redis of its own, as processes, with a TCP line between any two of them. */
export class Stack {
  readonly members: Member[] = [];
  private stopped = false;

  private constructor(
    readonly postgres: PostgresServer,
    public redis: BenchRedis | null,
    readonly apiKey: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(options: StackOptions): Promise<Stack> {
    const [postgres, redis] = await Promise.all([PostgresServer.start(options.postgresSettings), startBenchRedis()]);
    if (!redis) throw new Error('redis-server is not on the PATH');
    await runMigrations(postgres.url);
    await prepareQueue({ redisUrl: redis.url, databaseUrl: postgres.url, name: 'lanes', prefix: 'posthorn' });
    const apiKey = await seedTenant(postgres.url);
    const env = {
      ...SCALED,
      ...{ MASTER_KEYS: formatMasterKeys([{ id: 'faults', key: randomBytes(32) }]) },
      ...OPEN_LOOPBACK,
      ...{ HOST: '127.0.0.1' },
      ...options.env,
    };
    const stack = new Stack(postgres, redis, apiKey, env);
    for (let n = 1; n <= options.apis; n += 1) await stack.add('api', `api-${n}`, options.firstEnv);
    for (let n = 1; n <= options.dispatchers; n += 1)
      await stack.add('dispatcher', `dispatcher-${n}`, options.firstEnv);
    await stack.allReady(READY_WITHIN_MS);
    return stack;
  }

  get apps(): AppProcess[] {
    return this.members.map(({ app }) => app);
  }

  of(role: Role): Member[] {
    return this.members.filter(({ app }) => app.role === role);
  }

  /** A member of the stack, started. */
  async add(role: Role, name: string, firstEnv: Readonly<Record<string, string>> = {}): Promise<Member> {
    const port = await freePort();
    const [postgres, redis, front] = await Promise.all([
      TcpProxy.to({ host: '127.0.0.1', port: this.postgres.port }),
      TcpProxy.to({ host: '127.0.0.1', port: portOf(this.redis) }),
      TcpProxy.to({ host: '127.0.0.1', port }),
    ]);
    const app = new AppProcess(name, role, port, {
      ...this.env,
      DATABASE_URL: postgres.url(this.postgres.url),
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      API_PORT: String(port),
      DISPATCHER_PORT: String(port),
    });
    const member = { app, postgres, redis, front };
    this.members.push(member);
    app.start(firstEnv);
    return member;
  }

  /** Ends it in good order and forgets it. */
  async remove(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.app.stop();
    await Promise.all([member.postgres.close(), member.redis.close(), member.front.close()]);
  }

  /** Another Redis than before, an empty one. */
  async newRedis(): Promise<void> {
    this.redis = await startBenchRedis();
    for (const member of this.members) member.redis.target = { host: '127.0.0.1', port: portOf(this.redis) };
  }

  /** Postgres is running again. */
  async postgresAgain(): Promise<void> {
    await this.postgres.begin();
    for (const member of this.members) member.postgres.target = { host: '127.0.0.1', port: this.postgres.port };
  }

  /** Rejects when somebody is not ready in time. */
  async allReady(withinMs: number): Promise<void> {
    const until = now() + withinMs;
    for (;;) {
      const ready = await Promise.all(this.apps.map((app) => app.isReady()));
      if (ready.every(Boolean) || this.stopped) return;
      if (now() > until) {
        const late = this.apps.filter((_, n) => !ready[n]);
        throw new Error(
          `Not ready in time: ${late.map((app) => `${app.name} ${app.lastLines.join(' | ')}`).join('; ')}`,
        );
      }
      await delay(LOOKS_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.members].map((member) => this.remove(member)));
    await Promise.all([this.redis?.stop(), this.postgres.stop()]);
    await rm(this.postgres.directory, { recursive: true, force: true });
  }
}

const portOf = (redis: BenchRedis | null): number => Number(new URL(redis?.url ?? 'redis://127.0.0.1:1').port);

/** The producer of a run: the only thing that does not come through the API, since a tenant is made by an operator. */
async function seedTenant(url: string): Promise<string> {
  const database = await Database.open({ url, appName: 'faults', poolSize: 1, statementTimeoutMs: 10_000 });
  const tenantId = newUuid(Date.now());
  const apiKey = newApiKey();
  try {
    await database.entities().insert(TenantEntity, { id: tenantId, name: 'Faults' });
    await database.entities().insert(ApiKeyEntity, {
      ...{ id: newUuid(Date.now()), tenantId, role: 'tenant', name: 'faults' },
      ...{ hash: hashKey(apiKey), last4: apiKey.slice(-4) },
    });
  } finally {
    await database.close();
  }
  return apiKey;
}
