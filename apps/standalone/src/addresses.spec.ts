import { addressesOf } from './addresses.js';

const PORTS = { apiPort: 1, adminPort: 2, inspectorPort: 3, dispatcherPort: 4 };
const of = (host: string) =>
  addressesOf({
    ...PORTS,
    host,
    metricsPort: null,
    maxRequests: 1,
    maxBodyBytes: 1,
    trustProxy: false,
    publicUrl: null,
  });

describe('addresses', () => {
  it.each([
    ['127.0.0.1', 'http://localhost:1', 'http://127.0.0.1:9'],
    ['0.0.0.0', 'http://localhost:1', 'http://127.0.0.1:9'],
    ['::', 'http://localhost:1', 'http://[::1]:9'],
    ['10.1.2.3', 'http://10.1.2.3:1', 'http://10.1.2.3:9'],
    ['fd00::1', 'http://[fd00::1]:1', 'http://[fd00::1]:9'],
  ])('with HOST=%s are %s for people and %s for the launcher', (host, shown, asked) => {
    expect([of(host).api, of(host).local(9)]).toEqual([shown, asked]);
  });
});
