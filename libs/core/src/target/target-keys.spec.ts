import { addressKey, targetKeys } from './target-keys.js';

describe('a target is counted', () => {
  it.each([
    ['hooks.zapier.com', 'zapier.com'],
    ['zapier.com', 'zapier.com'],
    ['HOOKS.Zapier.com.', 'zapier.com'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['www.xn--85x722f.xn--55qx5d.cn', 'xn--85x722f.xn--55qx5d.cn'],
    ['in.one.test', 'one.test'],
  ])('under its registrable domain: %s is %s', (host, domain) => {
    expect(targetKeys(host)).toEqual({ domain, address: null });
  });

  it.each([
    ['a.someone.github.io', 'someone.github.io'],
    ['other.github.io', 'other.github.io'],
    ['app.vercel.app', 'app.vercel.app'],
  ])('apart from other customers of its hoster: %s is %s', (host, domain) => {
    expect(targetKeys(host).domain).toBe(domain);
  });

  it.each(['github.io', 'co.uk', 'localhost', 'intranet'])(
    'under its own name when it has no such domain: %s',
    (host) => {
      expect(targetKeys(host)).toEqual({ domain: host, address: null });
    },
  );

  it.each([
    ['93.184.216.34', '93.184.216.34'],
    ['[2606:4700::1111]', '2606:4700:0:0::/64'],
    ['[::ffff:93.184.216.34]', '93.184.216.34'],
  ])('under its address when its URL has one: %s', (host, address) => {
    expect(targetKeys(host)).toEqual({ domain: null, address });
  });

  it('with the /64 it lies in, and apart from the next', () => {
    expect(addressKey('2606:4700:1:2:aaaa::1')).toBe(addressKey('2606:4700:1:2::9'));
    expect(addressKey('2606:4700:1:3::1')).not.toBe(addressKey('2606:4700:1:2::1'));
    expect(addressKey('::ffff:127.0.0.1')).toBe(addressKey('127.0.0.1'));
  });
});
