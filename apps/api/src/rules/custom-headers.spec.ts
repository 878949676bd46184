import { customHeaders } from './custom-headers.js';

const reportsOf = (value: unknown): string[] => {
  const reports: string[] = [];
  customHeaders(value, (pointer, code) => reports.push(`${pointer} ${code}`));
  return reports;
};

describe('customHeaders', () => {
  it('accepts names and values as HTTP knows them', () => {
    expect(reportsOf({ authorization: 'Bearer x', 'X-Tenant': 'a\tb', 'x-empty': '' })).toEqual([]);
  });

  it.each([
    'host',
    'Host',
    'content-length',
    'transfer-encoding',
    'connection',
    'content-type',
    'user-agent',
    'webhook-id',
    'Webhook-Anything',
    'posthorn-attempt',
    'content-encoding',
    'expect',
    '',
    ' ',
    'a b',
    'a:b',
    'ä',
    'a\nb',
  ])('refuses the name %j', (name) => {
    expect(reportsOf({ [name]: 'x' })).toEqual([`/${name} header_forbidden`]);
  });

  it.each(['a\r\nx: y', 'a\nb', 'a\0b', 'ä', 7, true, ['a'], {}])('refuses the value %j', (value) => {
    expect(reportsOf({ 'x-a': value })).toEqual(['/x-a header_forbidden']);
  });

  it('names every wrong header, with slashes escaped', () => {
    expect(reportsOf({ host: 'a', 'a/b': 'x', ok: 'y', OK: 'z' })).toEqual([
      '/host header_forbidden',
      '/a~1b header_forbidden',
      '/OK header_forbidden',
    ]);
  });

  it('bounds number and size', () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x-${i}`, 'y']));
    expect(reportsOf(many)).toEqual([' too_long']);
    expect(reportsOf({ 'x-a': 'y'.repeat(8192) })).toEqual([' too_long']);
  });
});
