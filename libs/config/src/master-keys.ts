import { isBase64, matches } from 'class-validator';
import type { Kind } from './variable.js';
import { Unfit } from './variable.js';

/** One AES-256 key with the name that sealed values carry, so that they can be opened after a rotation. */
export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{1,32}$/;
const MUST = `a list of id:base64 pairs, each id different (letters, digits, _ and -) and each key ${String(KEY_BYTES)} bytes`;

/** `id:base64,id2:base64`: the first encrypts, all decrypt. */
export const masterKeys: Kind<readonly MasterKey[]> = {
  type: 'keys',
  read(text) {
    const keys = text.split(',').map((pair) => readPair(pair.trim()));
    if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Unfit(MUST);
    return keys;
  },
};

function readPair(pair: string): MasterKey {
  const colon = pair.indexOf(':');
  const id = pair.slice(0, Math.max(colon, 0));
  const encoded = pair.slice(colon + 1);
  const key = Buffer.from(encoded, 'base64');
  if (!matches(id, ID) || !isBase64(encoded) || key.length !== KEY_BYTES) throw new Unfit(MUST);
  return { id, key };
}

/** How keys are written into MASTER_KEYS. */
export function formatMasterKeys(keys: readonly MasterKey[]): string {
  return keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
}
