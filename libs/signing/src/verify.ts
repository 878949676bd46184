import { createSecretKey, timingSafeEqual } from 'node:crypto';
import { sign } from './webhook-signer.js';

/** Header values as `node:http` hands them over. */
export type ReceivedHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  nowSeconds: number;
  /** How far the timestamp may lie in the past or the future. Standard Webhooks: 300. */
  toleranceSeconds: number;
}

const UNIX_SECONDS = /^\d{1,15}$/;

/** Whether one of the `v1` signatures is right, as a receiver would check it: exact body bytes, fresh timestamp, constant-time comparison. */
export function verify(secret: Buffer, headers: ReceivedHeaders, body: Buffer, options: VerifyOptions): boolean {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  if (id === '' || !UNIX_SECONDS.test(timestamp)) return false;
  if (Math.abs(options.nowSeconds - Number(timestamp)) > options.toleranceSeconds) return false;

  const expected = Buffer.from(`v1,${sign(createSecretKey(secret), id, timestamp, body)}`);
  let matches = false;
  for (const signature of signatures.split(' ')) {
    const given = Buffer.from(signature);
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}
