import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInspector } from './inspector.js';

describe('the inspector', () => {
  let server: Server;
  let at: string;
  beforeEach(async () => {
    server = createServer(createInspector({ judge: () => Promise.resolve(true) }, () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
  });

  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${at}${path}`, { method: 'POST', body: body as string, headers });

  it('takes a webhook and lists it, byte for byte', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x7d]);
    expect((await post('/in/acme', body, { 'posthorn-attempt': '3' })).status).toBe(200);
    const listing = (await (await fetch(`${at}/api/in/acme`)).json()) as { total: number; received: object[] };
    expect(listing).toMatchObject({ name: 'acme', total: 1 });
    const [first] = listing.received;
    expect(first).toMatchObject({
      attempt: 3,
      signatureValid: true,
      answered: 200,
      bodyBase64: body.toString('base64'),
    });
  });

  it('misbehaves as often as asked, counted at the name', async () => {
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push((await post('/in/flaky?status=503&times=2', '{}')).status);
    expect(answers).toEqual([503, 503, 200]);
    expect((await post('/in/flaky?status=1', '{}')).status).toBe(400);
  });

  it('streams what is kept and what comes', async () => {
    await post('/in/acme', '"kept"');
    const reader = (await fetch(`${at}/api/in/acme/live`)).body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += (await reader.read()).value ?? '';
    };
    await until('\\"kept\\"');
    await post('/in/other', '"not shown"');
    await post('/in/acme', '"fresh"');
    await until('\\"fresh\\"');
    expect(text).not.toContain('not shown');
    await reader.cancel();
  });

  it('shows a page that runs nothing but its own script', async () => {
    await post('/in/acme', '<script>alert(1)</script>');
    const page = await fetch(`${at}/in/acme`);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'nonce-/);
    expect(await page.text()).not.toContain('alert(1)');
  });

  it.each(['/', '/in/', '/in/a/b', '/in/%00', '/in/<b>', '/elsewhere'])('takes no webhook at %s', async (path) => {
    expect((await post(path, '{}')).status).toBe(404);
  });

  it('refuses a body above 1 MiB and lives through nonsense', async () => {
    expect((await post('/in/acme', Buffer.alloc(1024 * 1024 + 1))).status).toBe(413);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write('POST //[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    await ended;
    expect((await fetch(`${at}/health/ready`)).status).toBe(200);
  });
});
