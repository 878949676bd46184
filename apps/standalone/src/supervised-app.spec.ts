import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#embedded';
import { SupervisedApp } from './supervised-app.js';

describe('a supervised app', () => {
  let directory: string;
  let port: number;
  let supervised: SupervisedApp | undefined;
  const lines: string[] = [];
  const heard = new Set<() => void>();
  const said = (line: string): void => {
    lines.push(line);
    for (const look of heard) look();
  };
  /** Resolves when a line like this has been heard. */
  const hears = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!lines.some((line) => pattern.test(line))) return;
        heard.delete(look);
        resolve();
      };
      heard.add(look);
      look();
    });

  const app = async (source: string): Promise<SupervisedApp> => {
    const main = join(directory, 'app.mjs');
    await writeFile(main, source);
    const readyUrl = `http://127.0.0.1:${port}/health/ready`;
    supervised = new SupervisedApp({ name: 'sample', main, env: {}, readyUrl }, (_app, line) => said(line), said);
    return supervised;
  };
  const server = (then: string): string =>
    `import { createServer } from 'node:http';
     createServer((_, response) => response.end()).listen(${port}, '127.0.0.1', () => { ${then} });`;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'posthorn-app-'));
    port = await freePort();
    lines.length = 0;
  });
  afterEach(async () => {
    await supervised?.stop(100);
    await rm(directory, { recursive: true });
  });

  it('is started again when it ends', async () => {
    const sample = await app(server(`console.log('up ' + process.pid); process.on('message', () => process.exit(3));`));
    await sample.start();
    const [first] = lines;
    const pid = Number(first?.split(' ')[1]);
    process.kill(pid, 'SIGKILL');
    await hears(/ended \(SIGKILL\); starting it again/);
    await hears(new RegExp(`^up (?!${pid}$)`));
  });

  it('is given up when it ends again and again before it is ready, with what it said', async () => {
    const sample = await app(`console.error('the reason'); process.exit(1);`);
    await expect(sample.start()).rejects.toThrow(/ended 3 times before it was ready\. It said:\n {2}the reason/);
    expect(lines).toEqual([]);
  });

  it('is killed when it does not stop in time', async () => {
    const sample = await app(server(`process.on('SIGTERM', () => undefined);`));
    await sample.start();
    await sample.stop(50);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});
