import { resolve } from 'node:path';
import { readSettings } from './settings.js';

describe('the settings of npm start', () => {
  it('need nothing to be set', async () => {
    const settings = await readSettings({});
    expect(settings).toMatchObject({ databaseUrl: null, redisUrl: null, masterKeys: null, logLevel: 'warn' });
    expect(settings.dataDir).toBe(resolve('.posthorn'));
  });

  it('open loopback unless EGRESS_ALLOW_CIDRS is there, even if it is empty', async () => {
    const opened = async (env: Record<string, string>) => (await readSettings(env)).allowCidrs;
    expect([await opened({}), await opened({ EGRESS_ALLOW_CIDRS: '' })]).toEqual(['127.0.0.0/8,::1/128', '']);
  });

  it('open every port unless EGRESS_ALLOW_PORTS is there', async () => {
    const opened = async (env: Record<string, string>) => (await readSettings(env)).allowPorts;
    expect([await opened({}), await opened({ EGRESS_ALLOW_PORTS: '8443' })]).toEqual(['1-65535', '8443']);
  });

  it('treat an empty DATABASE_URL, REDIS_URL and MASTER_KEYS as unset', async () => {
    const settings = await readSettings({ DATABASE_URL: '', REDIS_URL: ' ', MASTER_KEYS: '' });
    expect([settings.databaseUrl, settings.redisUrl, settings.masterKeys]).toEqual([null, null, null]);
  });

  it('turn port 0 into a free one', async () => {
    expect((await readSettings({ API_PORT: '0' })).http.apiPort).toBeGreaterThan(0);
  });
});
