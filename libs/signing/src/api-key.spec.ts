import { hashKey, newApiKey } from './api-key.js';

describe('api keys', () => {
  it('are phk_ and 256 random bits', () => {
    expect(newApiKey()).toMatch(/^phk_[A-Za-z0-9_-]{43}$/);
    expect(newApiKey()).not.toBe(newApiKey());
  });

  it('are stored as SHA-256', () => {
    expect(hashKey('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
