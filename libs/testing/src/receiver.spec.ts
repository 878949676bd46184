import { connect } from 'node:net';
import { startReceiver } from './receiver.js';
import type { Receiver } from './receiver.js';

describe('a receiver', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver({ wholeLoopback: true });
  });
  afterEach(() => receiver.close());

  it('records requests and answers what the path is told to, in order', async () => {
    receiver.answer('/a', [{ status: 503, headers: { 'retry-after': '7' }, body: 'busy' }, { status: 204 }]);
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await fetch(receiver.url('/a?x=1'), { method: 'POST', body: 'hello' }));
    expect(answers.map(({ status }) => status)).toEqual([503, 204, 204]);
    expect([answers[0]?.headers.get('retry-after'), await answers[0]?.text()]).toEqual(['7', 'busy']);
    expect(receiver.at('/a')[0]).toMatchObject({ method: 'POST', path: '/a', body: Buffer.from('hello') });
    expect(receiver.at('/a')[0]?.query.get('x')).toBe('1');
  });

  it('tells origins on the loopback apart', async () => {
    await Promise.all(['127.0.0.1', '127.1.2.3'].map((host) => fetch(receiver.url('/', host))));
    expect(receiver.requests.map(({ localAddress }) => localAddress).sort()).toEqual(['127.0.0.1', '127.1.2.3']);
  });

  it('counts what is in flight, hangs, and lets go', async () => {
    receiver.answer('/hang', { hang: true, status: 201 });
    const answers = [1, 2, 3].map(() => fetch(receiver.url('/hang')));
    await receiver.waitFor(() => receiver.at('/hang').length === 3);
    expect([receiver.inFlight('/hang'), receiver.inFlight()]).toEqual([3, 3]);
    receiver.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201]);
    await receiver.waitFor(() => receiver.inFlight() === 0);
    expect(receiver.maxInFlight('/hang')).toBe(3);
  });

  it('drips, and stops when the other side has gone', async () => {
    receiver.answer('/drip', { body: 'ab', drip: { everyMs: 1 } });
    expect(await (await fetch(receiver.url('/drip'))).text()).toBe('ab');
    receiver.answer('/drip', { body: 'ab', drip: { everyMs: 1, forever: true } });
    const endless = await fetch(receiver.url('/drip'));
    await endless.body?.cancel();
    await receiver.waitFor(() => receiver.inFlight() === 0);
  });

  it('resets a connection', async () => {
    receiver.answer('/reset', { reset: true });
    await expect(fetch(receiver.url('/reset'))).rejects.toThrow();
  });

  it('forgets a request whose sender went away', async () => {
    const socket = connect(receiver.port, '127.0.0.1');
    socket.write('POST /half HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
    await receiver.waitFor(() => receiver.inFlight('/half') === 1);
    socket.destroy();
    await receiver.waitFor(() => receiver.inFlight('/half') === 0);
    expect(receiver.requests).toEqual([]);
  });

  it('says what did not become true in time', async () => {
    await expect(receiver.waitFor(() => receiver.requests.length > 0, 10)).rejects.toThrow(/Not so within 10 ms/);
  });
});
