import { randomBytes, sign, verify } from 'node:crypto';
import { formatKeyPair, formatPublicKey, newKeyPair, parseKeyPair, parsePublicKey } from './key-pair.js';

/** RFC 8032, section 7.1, test 2. */
const vector = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const text = (prefix: string, raw: Buffer) => prefix + raw.toString('base64');

describe('key pairs', () => {
  const ofSeed = text('whsk_', bytes(vector.seed));
  const ofBoth = text('whsk_', bytes(vector.seed + vector.publicKey));

  it.each([
    ['a seed', ofSeed],
    ['seed and public key', ofBoth],
  ])('are read from %s, and sign as the RFC has it', (_what, given) => {
    const pair = parseKeyPair(given)!;
    expect(formatPublicKey(pair.publicKey)).toBe(text('whpk_', bytes(vector.publicKey)));
    expect(sign(null, bytes(vector.message), pair.privateKey).toString('hex')).toBe(vector.signature);
    expect(formatKeyPair(pair)).toBe(ofBoth);
  });

  it('are another one each time, and survive being written and read', () => {
    const pair = newKeyPair();
    expect(formatKeyPair(pair)).not.toBe(formatKeyPair(newKeyPair()));
    const again = parseKeyPair(formatKeyPair(pair))!;
    expect(again.privateKey.equals(pair.privateKey) && again.publicKey.equals(pair.publicKey)).toBe(true);
  });

  it.each([
    ['a public key that is not the seed’s', text('whsk_', Buffer.concat([bytes(vector.seed), randomBytes(32)]))],
    ['31 bytes', text('whsk_', randomBytes(31))],
    ['33 bytes', text('whsk_', randomBytes(33))],
    ['65 bytes', text('whsk_', randomBytes(65))],
    ['nothing', 'whsk_'],
    ['the prefix of a shared secret', ofSeed.replace('whsk_', 'whsec_')],
    ['the prefix of a public key', ofSeed.replace('whsk_', 'whpk_')],
    ['base64url', `whsk_${Buffer.alloc(32, 0xff).toString('base64url')}=`],
    ['no padding', ofSeed.replace(/=+$/, '')],
    ['white space', `${ofSeed} `],
  ])('are not read from %s', (_what, given) => {
    expect(parseKeyPair(given)).toBeNull();
  });

  it('give a public key that verifies, and is read again from its text', () => {
    const pair = newKeyPair();
    const publicKey = parsePublicKey(formatPublicKey(pair.publicKey))!;
    const signature = sign(null, Buffer.from('x'), pair.privateKey);
    expect(verify(null, Buffer.from('x'), publicKey, signature)).toBe(true);
    expect(verify(null, Buffer.from('y'), publicKey, signature)).toBe(false);
  });

  it.each(['whpk_', text('whpk_', randomBytes(31)), text('whsk_', randomBytes(32)), 'whpk_%%%'])(
    'have no public key in %s',
    (given) => {
      expect(parsePublicKey(given)).toBeNull();
    },
  );
});
