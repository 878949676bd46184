import { randomBytes } from 'node:crypto';
import { findForms, formsOf } from '../canary/secret-forms.js';

// The test of secrets in test/integration/canary.spec.ts is worth as much as what it looks with.
const key = randomBytes(32);
const secret = `whsec_${key.toString('base64')}`;
const forms = formsOf('the secret', secret);

it.each<[string, string]>([
  ['as it is', `{"a":"${secret}"}`],
  ['without its prefix', key.toString('base64')],
  ['in hex', Buffer.from(secret).toString('hex')],
  ['in capital hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ['as bytes', `xx${key.toString('latin1')}yy`],
  ['as the hex of its bytes', key.toString('hex')],
  ['URL-encoded', encodeURIComponent(secret)],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64url', Buffer.from(secret).toString('base64url')],
  ['in base64 behind one byte', Buffer.from(`x${secret}yy`).toString('base64')],
  ['in base64 behind two bytes', Buffer.from(`xx${secret}y`).toString('base64')],
  [
    'its bytes in base64 in the middle of more',
    Buffer.concat([Buffer.from('ab'), key, Buffer.from('c')]).toString('base64'),
  ],
])('finds a secret %s', (_how, text) => {
  expect(findForms(forms, `before ${text} after`).length).toBeGreaterThan(0);
});

it('finds a header value with quotes in JSON', () => {
  expect(
    findForms(formsOf('the header', 'Bearer "s3cr3t" of mine'), JSON.stringify({ a: 'Bearer "s3cr3t" of mine' })),
  ).toEqual(['the header']);
});

it('finds nothing in another secret', () => {
  const other = randomBytes(32);
  const text = [`whsec_${other.toString('base64')}`, other.toString('hex'), other.toString('latin1')].join(' ');
  expect(findForms(forms, text)).toEqual([]);
});
