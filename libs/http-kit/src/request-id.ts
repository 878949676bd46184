import { randomFillSync } from 'node:crypto';
import { encodeId } from '#core';

/** Random bytes are fetched for many requests at once: a call a request cost 4 % of publishing. */
const POOL = Buffer.alloc(8 * 512);
let used = POOL.length;

/** A name for a request, `req_…`: a UUIDv7 of now. */
export function newRequestId(): string {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const random = POOL.toString('hex', used, (used += 8));
  const time = Date.now().toString(16).padStart(12, '0');
  const uuid = `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(4)}`;
  return encodeId('request', uuid);
}
