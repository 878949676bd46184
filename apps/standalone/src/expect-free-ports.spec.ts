import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expectFreePorts } from './expect-free-ports.js';
import { readSettings } from './settings.js';

const ANY = { API_PORT: '0', ADMIN_PORT: '0', INSPECTOR_PORT: '0', DISPATCHER_PORT: '0' };
const http = async (env: Record<string, string> = {}) => (await readSettings({ ...ANY, ...env })).http;

describe('expectFreePorts', () => {
  it('is content with free ports', async () => {
    await expect(expectFreePorts(await http())).resolves.toBeUndefined();
  });

  it('names the variable of a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sentence = new RegExp(`^Port ${port} is taken: .* with ADMIN_PORT=${port + 10}\\.$`);
    await expect(expectFreePorts(await http({ ADMIN_PORT: String(port) }))).rejects.toThrow(sentence);
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses one port for two apps', async () => {
    const { apiPort } = await http();
    const twins = http({ API_PORT: String(apiPort), INSPECTOR_PORT: String(apiPort) });
    await expect(expectFreePorts(await twins)).rejects.toThrow(`API_PORT and INSPECTOR_PORT are both ${apiPort}`);
  });

  it('says when the machine does not have the address', async () => {
    await expect(expectFreePorts(await http({ HOST: '192.0.2.1' }))).rejects.toThrow(/cannot listen on 192\.0\.2\.1/);
  });
});
