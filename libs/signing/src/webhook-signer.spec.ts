import { verify as verifyWith } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { newKeyPair } from './key-pair.js';
import { formatSecret, newSecret, parseSecret } from './secret.js';
import { verify } from './verify.js';
import { WebhookSigner, type SignatureHeaders } from './webhook-signer.js';

const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: Buffer.from('{"test": 2432232314}'),
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const bodies = [
  '{}',
  '{"n":9007199254740993,"f":1.0,"e":1e400,"d":{"a":1,"a":2},"s":"\\u2028😀"}',
  '"\\ud800"',
  ' [ 1 ] ',
];
const now = Math.floor(Date.now() / 1000);
const fresh = { nowSeconds: now, toleranceSeconds: 300 };

/** The official library verifies; it takes the time from the machine. */
const accepts = (secret: Buffer, headers: SignatureHeaders, body: string): boolean => {
  try {
    new Webhook(formatSecret(secret)).verify(body, { ...headers });
    return true;
  } catch {
    return false;
  }
};

describe('signing', () => {
  it('gives the signature of the test vector', () => {
    const signer = new WebhookSigner([parseSecret(vector.secret)!]);
    expect(signer.headers(vector.id, vector.timestamp, vector.body)).toEqual({
      'webhook-id': vector.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': vector.signature,
    });
  });

  it.each(bodies)('is accepted by the official library: %s', (body) => {
    const secret = newSecret();
    const headers = new WebhookSigner([secret]).headers('evt_1', now, Buffer.from(body));
    expect(accepts(secret, headers, body)).toBe(true);
    expect(accepts(newSecret(), headers, body)).toBe(false);
    expect(headers['webhook-signature']).toBe(
      new Webhook(formatSecret(secret)).sign('evt_1', new Date(now * 1000), body),
    );
  });

  it('signs with every live secret during a rotation, the newest first', () => {
    const [newest, older, oldest] = [newSecret(), newSecret(), newSecret()];
    const body = Buffer.from('{}');
    const headers = new WebhookSigner([newest, older, oldest]).headers('evt_1', now, body);
    const alone = [newest, older, oldest].map(
      (secret) => new WebhookSigner([secret]).headers('evt_1', now, body)['webhook-signature'],
    );
    expect(headers['webhook-signature']).toBe(alone.join(' '));
    for (const secret of [newest, older, oldest]) {
      expect(accepts(secret, headers, '{}')).toBe(true);
      expect(verify(secret, { ...headers }, body, fresh)).toBe(true);
    }
    expect(accepts(newSecret(), headers, '{}')).toBe(false);
  });

  it('refuses to sign without a secret', () => {
    expect(() => new WebhookSigner([])).toThrow('at least one secret');
  });
});

describe('signing with a key pair', () => {
  const [newest, older] = [newKeyPair(), newKeyPair()];
  const shared = newSecret();

  it.each(bodies)('gives a v1a signature that the public key verifies: %s', (body) => {
    const signature = new WebhookSigner([newest]).headers('evt_1', now, Buffer.from(body))['webhook-signature'];
    expect(signature).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    const [content, raw] = [Buffer.from(`evt_1.${String(now)}.${body}`), Buffer.from(signature.slice(4), 'base64')];
    expect(verifyWith(null, content, newest.publicKey, raw)).toBe(true);
    expect(verifyWith(null, content, older.publicKey, raw)).toBe(false);
  });

  it('stands beside shared secrets while an endpoint changes its scheme, the newest first', () => {
    const body = Buffer.from('{}');
    const headers = new WebhookSigner([newest, shared, older]).headers('evt_1', now, body);
    const schemes = headers['webhook-signature'].split(' ').map((signature) => signature.split(',')[0]);
    expect(schemes).toEqual(['v1a', 'v1', 'v1a']);
    expect(accepts(shared, headers, '{}')).toBe(true);
    for (const key of [newest.publicKey, older.publicKey, shared])
      expect(verify(key, { ...headers }, body, fresh)).toBe(true);
    for (const key of [newKeyPair().publicKey, newSecret()])
      expect(verify(key, { ...headers }, body, fresh)).toBe(false);
  });

  it.each([
    ['the signature under the name of v1', (signature: string) => signature.replace('v1a,', 'v1,')],
    ['no version', (signature: string) => signature.slice(4)],
    ['a shortened signature', (signature: string) => signature.slice(0, -4)],
    ['no base64', () => 'v1a,%'],
  ])('is not verified by %s', (_what, change) => {
    const headers = new WebhookSigner([newest]).headers('evt_1', now, Buffer.from('{}'));
    const changed = { ...headers, 'webhook-signature': change(headers['webhook-signature']) };
    expect(verify(newest.publicKey, changed, Buffer.from('{}'), fresh)).toBe(false);
  });
});

describe('verifying', () => {
  const secret = newSecret();
  const body = Buffer.from('{"a":1}');
  const signed: SignatureHeaders = new WebhookSigner([secret]).headers('evt_1', now, body);

  it('accepts what the official library signed', () => {
    const signature = new Webhook(formatSecret(secret)).sign('evt_1', new Date(now * 1000), body.toString());
    expect(verify(secret, { ...signed, 'webhook-signature': signature }, body, fresh)).toBe(true);
  });

  it.each([
    ['the right signature', {}, true],
    ['the right one among others', { 'webhook-signature': `v1,AAAA v1a,BBBB ${signed['webhook-signature']} x` }, true],
    ['another version of it', { 'webhook-signature': signed['webhook-signature'].replace('v1,', 'v2,') }, false],
    ['no version', { 'webhook-signature': signed['webhook-signature'].slice(3) }, false],
    ['a shortened signature', { 'webhook-signature': signed['webhook-signature'].slice(0, -1) }, false],
    ['an empty signature', { 'webhook-signature': '' }, false],
    ['no signature', { 'webhook-signature': undefined }, false],
    ['two signature headers', { 'webhook-signature': [signed['webhook-signature']] }, false],
    ['another id', { 'webhook-id': 'evt_2' }, false],
    ['no id', { 'webhook-id': '' }, false],
    ['another timestamp', { 'webhook-timestamp': String(now + 1) }, false],
    ['a timestamp that is none', { 'webhook-timestamp': `${String(now)}.0` }, false],
    ['a timestamp in hex', { 'webhook-timestamp': `0x${now.toString(16)}` }, false],
    ['no timestamp', { 'webhook-timestamp': undefined }, false],
  ])('%s', (_case, change, valid) => {
    expect(verify(secret, { ...signed, ...change }, body, fresh)).toBe(valid);
  });

  it('refuses a changed body and another secret', () => {
    expect(verify(secret, { ...signed }, Buffer.from('{"a":2}'), fresh)).toBe(false);
    expect(verify(newSecret(), { ...signed }, body, fresh)).toBe(false);
  });

  it.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('with a clock %i s off: %s', (offset, valid) => {
    expect(verify(secret, { ...signed }, body, { nowSeconds: now + offset, toleranceSeconds: 300 })).toBe(valid);
  });
});
