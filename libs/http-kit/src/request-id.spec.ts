import { decodeId, uuidTime } from '#core';
import { newRequestId } from './request-id.js';

describe('newRequestId', () => {
  it('names ten thousand requests differently, each with its time', () => {
    const before = Date.now();
    const ids = Array.from({ length: 10_000 }, newRequestId);
    expect(new Set(ids).size).toBe(10_000);
    for (const id of ids) expect(uuidTime(decodeId('request', id) ?? '')).toBeGreaterThanOrEqual(before);
  });
});
