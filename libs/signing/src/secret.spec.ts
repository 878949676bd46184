import { randomBytes } from 'node:crypto';
import { formatSecret, newSecret, parseSecret } from './secret.js';

const text = (bytes: number): string => `whsec_${randomBytes(bytes).toString('base64')}`;

describe('secrets', () => {
  it('are 32 random bytes when new', () => {
    expect(newSecret()).toHaveLength(32);
    expect(newSecret().equals(newSecret())).toBe(false);
  });

  it.each([24, 25, 26, 32, 63, 64])('of %i bytes are read and written', (length) => {
    const secret = text(length);
    const bytes = parseSecret(secret);
    expect(bytes).toHaveLength(length);
    expect(formatSecret(bytes!)).toBe(secret);
  });

  it.each([
    ['too short', text(23)],
    ['too long', text(65)],
    ['empty', 'whsec_'],
    ['without prefix', text(32).slice('whsec_'.length)],
    ['with the prefix of a public key', text(32).replace('whsec_', 'whpk_')],
    ['with the prefix in upper case', text(32).replace('whsec_', 'WHSEC_')],
    ['in base64url', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}=`],
    ['without padding', text(32).replace(/=+$/, '')],
    ['with more padding', `${text(32)}=`],
    ['with white space', `${text(32)} `],
    ['with a line break inside', text(33).replace(/^(.{20})/, '$1\n')],
    ['with stray bits in the last character', `whsec_${Buffer.alloc(31).toString('base64').slice(0, -2)}B=`],
    ['with something that is no base64', `whsec_${'ä'.repeat(32)}`],
  ])('%s are refused', (_case, secret) => {
    expect(parseSecret(secret)).toBeNull();
  });
});
