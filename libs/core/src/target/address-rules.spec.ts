import { AddressRules, parseAddress } from './address-rules.js';

const classify = (text: string, opened: readonly string[] = []): string => {
  const address = parseAddress(text);
  return address === null ? 'no address' : new AddressRules(opened).classify(address);
};

describe('which addresses are forbidden', () => {
  it.each([
    ['0/8', '0.0.0.0', '0.255.255.255'],
    ['10/8', '10.0.0.0', '10.255.255.255'],
    ['100.64/10', '100.64.0.0', '100.127.255.255'],
    ['127/8', '127.0.0.0', '127.255.255.255'],
    ['169.254/16', '169.254.0.0', '169.254.255.255'],
    ['172.16/12', '172.16.0.0', '172.31.255.255'],
    ['192.0.0/24', '192.0.0.0', '192.0.0.255'],
    ['192.0.2/24', '192.0.2.0', '192.0.2.255'],
    ['192.88.99/24', '192.88.99.0', '192.88.99.255'],
    ['192.168/16', '192.168.0.0', '192.168.255.255'],
    ['198.18/15', '198.18.0.0', '198.19.255.255'],
    ['198.51.100/24', '198.51.100.0', '198.51.100.255'],
    ['203.0.113/24', '203.0.113.0', '203.0.113.255'],
    ['224/4 and 240/4', '224.0.0.0', '255.255.255.255'],
    ['metadata', '168.63.129.16', '168.63.129.16'],
    ['metadata', '169.254.169.254', '100.100.100.200'],
    ['IPv6 below 2000::/3', '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['loopback and IPv4-compatible', '::1', '::127.0.0.1'],
    ['IPv4-compatible, public IPv4 or not', '::8.8.8.8', '::808:808'],
    ['NAT64', '64:ff9b::a9fe:a9fe', '64:ff9b:1::7f00:1'],
    ['2001::/23', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2002::/16', '2002:7f00:1::', '2002:ffff::1'],
    ['3fff::/20', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['IPv6 above 2000::/3', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['unique local, link-local', 'fd00:ec2::254', 'fe80::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe'],
  ])('forbids %s from its first address to its last', (_range, first, last) => {
    expect([classify(first), classify(last)]).toEqual(['forbidden', 'forbidden']);
  });

  it.each([
    ['1.0.0.0', '9.255.255.255'],
    ['11.0.0.0', '100.63.255.255'],
    ['100.128.0.0', '126.255.255.255'],
    ['128.0.0.0', '168.63.129.15'],
    ['168.63.129.17', '169.253.255.255'],
    ['169.255.0.0', '172.15.255.255'],
    ['172.32.0.0', '191.255.255.255'],
    ['192.0.1.0', '192.0.1.255'],
    ['192.0.3.0', '192.88.98.255'],
    ['192.88.100.0', '192.167.255.255'],
    ['192.169.0.0', '198.17.255.255'],
    ['198.20.0.0', '198.51.99.255'],
    ['198.51.101.0', '203.0.112.255'],
    ['203.0.114.0', '223.255.255.255'],
    ['2000::', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:200::', '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db9::', '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2003::', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['3fff:1000::', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::ffff:8.8.8.8', '::ffff:808:808'],
  ])('lets %s and %s through, at the edges of what is forbidden', (first, last) => {
    expect([classify(first), classify(last)]).toEqual(['public', 'public']);
  });

  it.each(['fe80::1%eth0', '2606:4700::1%1', 'localhost', '', '1.2.3.4.5', '[::1]', '1.2.3.4/8'])(
    'takes %j for no address',
    (text) => {
      expect(classify(text)).toBe('no address');
    },
  );

  it('opens the ranges it is told to, and no other', () => {
    const opened = ['127.0.0.0/8', '10.1.0.0/16', 'fd00::/64'];
    expect(
      ['127.9.9.9', '10.1.255.255', 'fd00::9', '::ffff:127.0.0.1'].map((address) => classify(address, opened)),
    ).toEqual(['opened', 'opened', 'opened', 'opened']);
    expect(
      [
        '126.1.1.1',
        '10.2.0.0',
        'fd00:0:0:1::',
        '::1',
        '0.0.0.0',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '2002:7f00:1::',
      ].map((address) => classify(address, opened)),
    ).toEqual(['public', ...Array.from({ length: 7 }, () => 'forbidden')]);
  });
});
