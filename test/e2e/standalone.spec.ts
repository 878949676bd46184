import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const BOOT_MS = 60_000;
const MAIN = resolve('dist/apps/standalone/src/main.js');
const DEMO = resolve('dist/apps/standalone/src/demo/main.js');
const PORTS = ['API_PORT', 'ADMIN_PORT', 'INSPECTOR_PORT', 'DISPATCHER_PORT'];

/** What would choose another database or queue than the test is about. */
const CHOOSING = ['DATABASE_URL', 'REDIS_URL', 'MASTER_KEYS', 'LOG_LEVEL'];

/** `npm start` without npm, with what it prints. */
class Start {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  private readonly heard = new Set<() => void>();

  constructor(dataDir: string, env: Record<string, string> = {}, main = MAIN) {
    const anyPort = Object.fromEntries(PORTS.map((name) => [name, '0']));
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !CHOOSING.includes(name)));
    this.process = spawn(process.execPath, [main], {
      env: { ...inherited, ...anyPort, POSTHORN_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exit = once(this.process, 'close').then(([code]) => code as number | null);
    for (const input of [this.process.stdout!, this.process.stderr!]) {
      createInterface({ input }).on('line', (line) => {
        this.lines.push(line);
        for (const look of this.heard) look();
      });
    }
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Resolves when a line like this has been printed after the first `from` lines; throws when the process ends before. */
  async says(pattern: RegExp, from = 0): Promise<void> {
    let look = (): void => undefined;
    const found = new Promise<true>((done) => {
      look = () => {
        if (this.lines.slice(from).some((line) => pattern.test(line))) done(true);
      };
    });
    this.heard.add(look);
    look();
    if ((await Promise.race([found, this.exit])) !== true)
      throw new Error(`It ended and never said ${String(pattern)}:\n${this.text}`);
    this.heard.delete(look);
  }

  async ready(): Promise<this> {
    await this.says(/Ctrl-C stops everything/);
    return this;
  }

  /** Its processes by what they were started as. */
  children(): { pid: number; line: string }[] {
    return processes().filter(({ parent }) => parent === this.process.pid);
  }

  async stop(): Promise<void> {
    this.process.kill('SIGINT');
    await this.exit;
  }
}

interface Dev {
  apiUrl: string;
  inspectorUrl: string;
  tenantKey: string;
  databaseUrl: string;
}

describe('npm start', () => {
  let dataDir: string;
  let running: Start | undefined;
  beforeAll(() => {
    const parent = mkdtempSync(join(tmpdir(), 'posthorn-start-'));
    chmodSync(parent, 0o711); // as root, Postgres runs as another account
    dataDir = join(parent, 'data');
  });
  afterEach(() => {
    if (running?.process.exitCode !== null) running = undefined;
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(resolve(dataDir, '..'), { recursive: true });
  });

  const dev = (): Dev => JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8')) as Dev;
  const received = async (name: string): Promise<{ total: number; received: Record<string, unknown>[] }> =>
    (await (await fetch(`${dev().inspectorUrl}/api/in/${name}`)).json()) as never;

  it(
    'gets ready with every app in a process of its own, and tells only this user the keys',
    async () => {
      running = new Start(dataDir);
      await running.ready();
      const lines = running.children().map(({ line }) => line);
      for (const app of ['apps/api/', 'apps/dispatcher/', 'apps/admin/', 'standalone/src/inspector/']) {
        expect(lines.filter((line) => line.includes(app))).toHaveLength(1);
      }
      expect(statSync(join(dataDir, 'dev.json')).mode & 0o777).toBe(0o600);
      const fields = ['apiUrl', 'adminUrl', 'inspectorUrl', 'tenantKey', 'operatorToken', 'databaseUrl', 'queue'];
      expect(Object.keys(dev())).toEqual(fields);
    },
    BOOT_MS,
  );

  it(
    'prints three lines to paste: the first shows a webhook, the others register an endpoint',
    async () => {
      const [publish, subscriber, endpoint] = printedCalls(running!.text);
      expect((await publish!()).status).toBe(202);
      await running!.says(/received at \/in\/acme: attempt 1, .* signature valid, answered 200/);
      expect((await received('acme')).received[0]).toMatchObject({ signatureValid: true, attempt: 1 });

      expect([(await subscriber!()).ok, (await endpoint!()).ok]).toEqual([true, true]);
      await publishTo(dev(), 'globex');
      await running!.says(/received at \/in\/globex: .* signature valid/);
    },
    BOOT_MS,
  );

  it.each(['apps/api/', 'apps/dispatcher/', 'standalone/src/inspector/'])(
    'starts %s again when it is killed',
    async (app) => {
      const find = (): number | undefined => running!.children().find(({ line }) => line.includes(app))?.pid;
      const killed = find()!;
      const from = running!.lines.length;
      process.kill(killed, 'SIGKILL');
      await running!.says(/ended \(SIGKILL\); starting it again/, from);
      await until(() => find() !== undefined && find() !== killed, 1_000);
      await eventually(() => publishTo(dev(), 'acme'));
      await running!.says(/received at \/in\/acme: .* signature valid/, from);
    },
    BOOT_MS,
  );

  it(
    'starts Postgres again when it is killed',
    async () => {
      const from = running!.lines.length;
      process.kill(Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
      await running!.says(/Postgres ended; starting it again/, from);
      await eventually(() => publishTo(dev(), 'acme'));
      await running!.says(/received at \/in\/acme: .* signature valid/, from);
    },
    BOOT_MS,
  );

  it(
    'runs the demo to an all-clear',
    async () => {
      const demo = new Start(dataDir, {}, DEMO);
      expect([await demo.exit, demo.lines.at(-1)]).toEqual([0, 'All is well.']);
    },
    BOOT_MS,
  );

  it(
    'stops within 5 s, and nothing of it stays',
    async () => {
      const pids = running!.children().map(({ pid }) => pid);
      const at = performance.now();
      running!.process.kill('SIGINT');
      expect(await running!.exit).toBe(0);
      expect(performance.now() - at).toBeLessThan(5_000);
      expect(processes().filter(({ pid, line }) => pids.includes(pid) || line.includes(dataDir))).toEqual([]);
    },
    BOOT_MS,
  );

  it(
    'has the data and the same keys after a restart, also after everything was killed',
    async () => {
      const before = dev();
      running = await new Start(dataDir).ready();
      const everything = processes().filter(
        ({ pid, parent, line }) =>
          pid === running!.process.pid || parent === running!.process.pid || line.includes(dataDir),
      );
      for (const { pid } of everything) process.kill(pid, 'SIGKILL');
      await running.exit;

      running = await new Start(dataDir).ready();
      expect(dev()).toMatchObject({ tenantKey: before.tenantKey });
      const events = (await (await call(dev(), 'GET', '/v1/events?subscriber=globex')).json()) as { data: unknown[] };
      expect(events.data).toHaveLength(1);
      const endpoints = (await (await call(dev(), 'GET', '/v1/endpoints?subscriber=acme')).json()) as {
        data: { url: string }[];
      };
      expect(endpoints.data.map(({ url }) => url)).toEqual([`${dev().inspectorUrl}/in/acme`]);
    },
    BOOT_MS,
  );

  it(
    'leaves nothing behind when it is killed itself',
    async () => {
      const pids = running!.children().map(({ pid }) => pid);
      running!.process.kill('SIGKILL');
      await running!.exit;
      await until(() => !processes().some(({ pid, line }) => pids.includes(pid) || line.includes(dataDir)), 10_000);
    },
    BOOT_MS,
  );

  describe('says in one sentence what is wrong', () => {
    const fails = async (env: Record<string, string>): Promise<string[]> => {
      const start = new Start(join(dataDir, '..', 'fails'), env);
      expect(await start.exit).toBe(1);
      return start.lines;
    };

    it('with a port that is taken', async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { port } = server.address() as AddressInfo;
      const sentence = expect.stringMatching(new RegExp(`^Port ${port} is taken: .* INSPECTOR_PORT=`));
      expect(await fails({ INSPECTOR_PORT: String(port) })).toEqual([sentence]);
      await new Promise((closed) => server.close(closed));
    });

    it('with a Postgres or a Redis that is not there', async () => {
      const postgres = expect.stringMatching(/^The Postgres at 127\.0\.0\.1:1 cannot be reached .* DATABASE_URL/);
      expect(await fails({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' })).toEqual([postgres]);
      const redis = expect.stringMatching(/^The Redis at 127\.0\.0\.1:1 cannot be reached .* REDIS_URL/);
      expect(await fails({ REDIS_URL: 'redis://127.0.0.1:1' })).toEqual([redis]);
    });

    it('with a value that cannot be', async () => {
      expect(await fails({ API_PORT: 'abc' })).toEqual(['API_PORT is "abc", but must be a port from 0 to 65535.']);
    });
  });
});

/** The printed curls as calls. */
function printedCalls(text: string): (() => Promise<Response>)[] {
  const curl =
    /curl -sS -X (\S+) (\S+) \\\s+-H '([^:]+): ([^']+)' -H 'content-type: application\/json' \\\s+-d '([^']+)'/g;
  return [...text.matchAll(curl)].map(
    ([, method, url, name, value, body]) =>
      () =>
        fetch(url!, { method: method!, headers: { [name!]: value!, 'content-type': 'application/json' }, body: body! }),
  );
}

function call({ apiUrl, tenantKey }: Dev, method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${tenantKey}`, 'content-type': 'application/json' };
  return fetch(`${apiUrl}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

async function publishTo(dev: Dev, subscriber: string): Promise<boolean> {
  return (await call(dev, 'POST', '/v1/events', { subscriber, type: 'order.placed', data: {} })).status === 202;
}

interface Process {
  pid: number;
  parent: number;
  line: string;
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line === '' ? [] : [{ pid: Number(name), parent: Number(parent), line }]; // none: it is ending
      } catch {
        return [];
      }
    });
}

/** For what sends no event: looks until it holds. */
async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Not so within ${withinMs} ms: ${String(holds)}`);
    await new Promise((look) => setTimeout(look, 20));
  }
}

/** For what a restart interrupts for a moment. */
async function eventually(works: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await works().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`Never worked: ${String(works)}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
