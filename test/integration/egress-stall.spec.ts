import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Egress } from '#egress';
import { testGuard } from '#testing';
import { post } from './egress/post.js';

const TIMEOUT_MS = 300;

/** Nothing of this process runs for so long, as when it is stopped or the machine has no time for it. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe('an attempt, when its process stands still past the time-out', () => {
  let server: Server;
  let egress: Egress;
  let answers = true;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume().once('end', () => {
        if (answers) response.end('taken'); // it lies in the socket before anything else can run
        standStill(TIMEOUT_MS + 500);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    egress = new Egress({ clock: { now: () => Date.now() }, guard: testGuard() });
  });

  afterEach(async () => {
    await egress.close();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  const send = () => {
    const { port } = server.address() as AddressInfo;
    return post(egress, `http://127.0.0.1:${port}/`, { timeoutMs: TIMEOUT_MS });
  };

  it('takes the answer that came in time', async () => {
    answers = true;
    expect(await send()).toMatchObject({ kind: 'response', response: { statusCode: 200 } });
  });

  it('ends by the time-out when there is none', async () => {
    answers = false;
    expect(await send()).toMatchObject({ kind: 'failure', error: 'response_timeout' });
  });
});
