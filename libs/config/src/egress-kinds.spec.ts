import { dnsServers } from './dns-servers.js';
import { portList } from './port-list.js';
import { Unfit } from './variable.js';

describe('a list of ports', () => {
  it('has single ports and ranges, both ends included', () => {
    expect(portList.read('3000, 8000-8999,65535')).toEqual([
      { first: 3000, last: 3000 },
      { first: 8000, last: 8999 },
      { first: 65535, last: 65535 },
    ]);
  });

  it.each(['0', '65536', '0-10', '9-8', '1-2-3', 'x', '80,', '-1', '80-', '1.5'])('refuses %j', (text) => {
    expect(() => portList.read(text)).toThrow(Unfit);
  });
});

describe('a list of name servers', () => {
  it.each(['10.0.0.53', '10.0.0.53:5353', '[2001:db8::53]:5353', '[2001:db8::53]', '2001:db8::53'])(
    'takes %s',
    (text) => {
      expect(dnsServers.read(`1.1.1.1, ${text}`)).toEqual(['1.1.1.1', text]);
    },
  );

  it.each(['', 'ns.example', '10.0.0.53:0', '10.0.0.53:65536', '10.0.0', 'fe80::1%eth0', '10.0.0.53:'])(
    'refuses %j',
    (text) => {
      expect(() => dnsServers.read(text)).toThrow(Unfit);
    },
  );
});
