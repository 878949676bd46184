import { endpointUrl } from './endpoint-url.js';

const codesOf = (value: unknown): string[] => {
  const codes: string[] = [];
  endpointUrl(value, (_pointer, code) => codes.push(code));
  return codes;
};

describe('endpointUrl', () => {
  it.each([
    'https://acme.example/hooks',
    'http://localhost:4002/in/acme?status=503&times=2',
    'https://acme.example:65535/',
    'https://acme.example:1/',
    'https://müller.example/pfad',
    'https://acme.example/a@b',
    'https://acme.example/?q=a@b',
  ])('accepts %j', (url) => {
    expect(codesOf(url)).toEqual([]);
  });

  it.each([
    'file:///etc/passwd',
    'gopher://a.example/',
    'ftp://a.example/',
    'ws://a.example/',
    'wss://a.example/',
    'javascript:alert(1)',
    'data:,x',
    'https://user:pass@a.example/',
    'https://user@a.example/',
    'https://@a.example/',
    'https://:@a.example/',
    'https:\\\\u@a.example/',
    'https://a.example/#part',
    'https://a.example/#',
    'https://a.exa\tmple/',
    'https://a.example/\r\nx',
    'https://a.example/\n',
    ' https://a.example/',
    'https://a.example/a b',
    'https://a.example/\0',
    'https://a.example:0/',
    'https://a.example:65536/',
    'https://a.example:99999999999/',
    'https://a.example:-1/',
    'https://a.example:x/',
    '',
    '/hooks',
    'acme.example/hooks',
    'https://',
    'https://[::1',
    'https://[fe80::1%25eth0]/',
    'https://a..%00.example/',
  ])('refuses %j', (url) => {
    expect(codesOf(url)).toEqual(['url_forbidden']);
  });

  it('refuses what is no text, and a text that is too long', () => {
    expect(codesOf(7)).toEqual(['invalid_type']);
    expect(codesOf(`https://a.example/${'x'.repeat(2048)}`)).toEqual(['too_long']);
  });
});
