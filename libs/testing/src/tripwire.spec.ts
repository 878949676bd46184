import { once } from 'node:events';
import { connect } from 'node:net';
import { Tripwire } from './tripwire.js';

describe('a tripwire', () => {
  let tripwire: Tripwire;
  beforeEach(async () => {
    tripwire = await Tripwire.start();
  });

  const visit = async (host: string): Promise<void> => {
    const socket = connect(tripwire.port, host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.destroy();
  };

  it('is content when nobody came', async () => {
    await expect(tripwire.stop()).resolves.toBeUndefined();
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.9', '127.0.0.9'],
    ['0.0.0.0', '127.0.0.1'],
  ])('fails the run when a connection to %s was made, however short', async (host, at) => {
    await visit(host);
    await expect(tripwire.stop()).rejects.toThrow(`forbidden: ${at}`);
  });

  it('forgets none of them', async () => {
    for (const host of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) await visit(host);
    await expect(tripwire.stop()).rejects.toThrow('127.0.0.1, 127.0.0.2, 127.0.0.3');
  });
});
