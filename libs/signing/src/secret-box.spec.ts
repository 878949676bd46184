import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { SecretBox } from './secret-box.js';

const old = { id: '2025-01', key: randomBytes(32) };
const current = { id: 'k2', key: randomBytes(32) };
const box = new SecretBox([current, old]);
const plain = Buffer.from('whsec_something');

describe('the secret box', () => {
  it('opens what it sealed, empty and binary data too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, context) => {
        const sealed = box.seal(Buffer.from(bytes), context);
        expect(box.open(sealed, context).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('never seals the same twice, and shows nothing of it', () => {
    expect(box.seal(plain, 'a').equals(box.seal(plain, 'a'))).toBe(false);
    expect(box.seal(plain, 'a').includes(plain)).toBe(false);
  });

  it('does not open under another context', () => {
    expect(() => box.open(box.seal(plain, 'endpoint:1'), 'endpoint:2')).toThrow('does not open');
  });

  it('notices a change of any single bit', () => {
    const sealed = box.seal(plain, 'endpoint:1');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => box.open(changed, 'endpoint:1')).toThrow();
    }
  });

  it('notices that something is missing or added', () => {
    const sealed = box.seal(plain, 'endpoint:1');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => box.open(sealed.subarray(0, length), 'endpoint:1')).toThrow();
    }
    expect(() => box.open(Buffer.concat([sealed, Buffer.alloc(1)]), 'endpoint:1')).toThrow();
  });

  it('seals with the first key and opens with all of them', () => {
    const before = new SecretBox([old]).seal(plain, 'x');
    expect(box.open(before, 'x').equals(plain)).toBe(true);
    expect(box.isCurrent(before)).toBe(false);

    const resealed = box.seal(box.open(before, 'x'), 'x');
    expect(box.isCurrent(resealed)).toBe(true);
    expect(new SecretBox([current]).open(resealed, 'x').equals(plain)).toBe(true);
    expect(() => new SecretBox([old]).open(resealed, 'x')).toThrow('no master key with the id "k2"');
  });

  it('does not open with another key of the same id', () => {
    const stranger = new SecretBox([{ id: current.id, key: randomBytes(32) }]);
    expect(() => stranger.open(box.seal(plain, 'x'), 'x')).toThrow('does not open');
  });

  it('says nothing of the secret in its errors', () => {
    expect(() => box.open(plain, 'x')).toThrow('this is no sealed data');
  });

  it.each([
    ['no key', [], 'at least one'],
    ['a short key', [{ id: 'a', key: randomBytes(31) }], '31 bytes instead of 32'],
    ['an empty id', [{ id: '', key: randomBytes(32) }], 'the id of a master key'],
    ['an id that is too long', [{ id: 'x'.repeat(65), key: randomBytes(32) }], 'the id of a master key'],
    ['two keys of one id', [old, { id: old.id, key: randomBytes(32) }], 'two master keys'],
  ])('refuses %s', (_case, keys, message) => {
    expect(() => new SecretBox(keys)).toThrow(message);
  });
});
