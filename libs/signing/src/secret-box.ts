import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

export interface MasterKey {
  id: string;
  key: Buffer;
}

/**
 * Encrypts what the database keeps secret. An envelope is
 * `version (1 byte) · length of the key's id (1) · key's id · nonce (12) · tag (16) · ciphertext`;
 * everything before the nonce, and the context, are authenticated too.
 */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #sealing: { header: Buffer; key: KeyObject };

  /** @param keys the first seals, all of them open: put a new key in front, reseal, then drop the old one. */
  constructor(keys: readonly MasterKey[]) {
    const first = keys[0];
    if (first === undefined) throw new Error('at least one master key is needed');
    const opening = new Map<string, KeyObject>();
    for (const { id, key } of keys) {
      if (!KEY_ID.test(id))
        throw new Error(`the id of a master key is 1 to 64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(id)}`);
      if (key.length !== KEY_BYTES)
        throw new Error(`master key ${id} has ${String(key.length)} bytes instead of ${String(KEY_BYTES)}`);
      if (opening.has(id)) throw new Error(`two master keys have the id ${id}`);
      opening.set(id, createSecretKey(key));
    }
    this.#keys = opening;
    this.#sealing = {
      header: Buffer.concat([Buffer.from([VERSION, first.id.length]), Buffer.from(first.id, 'latin1')]),
      key: createSecretKey(first.key),
    };
  }

  /** @param context what the secret belongs to, such as `endpoint:<uuid>`: opened under another one, it fails, so rows cannot be swapped. */
  seal(plain: Buffer, context: string): Buffer {
    const { header, key } = this.#sealing;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(header, context));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** Throws when the envelope was changed, belongs to another context, or was sealed with a key that is not here. */
  open(sealed: Buffer, context: string): Buffer {
    const { header, keyId, nonce, tag, ciphertext } = unpack(sealed);
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`no master key with the id ${JSON.stringify(keyId)}`);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(header, context));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch {
      throw new Error(`sealed data for ${context} does not open: changed, moved, or sealed with another key`);
    }
  }

  /** The id of the key that sealed it, whether that key is here or not. Throws when it is no sealed data. */
  keyIdOf(sealed: Buffer): string {
    return unpack(sealed).keyId;
  }

  /** Whether the first key sealed it. If not, seal it again before that older key is dropped. */
  isCurrent(sealed: Buffer): boolean {
    return unpack(sealed).header.equals(this.#sealing.header);
  }
}

/** What the remembered answer of an idempotency key is sealed for. */
export function answerContext(of: { tenantId: string; scope: string; key: string }): string {
  return `idempotency:${of.tenantId}:${of.scope}:${of.key}`;
}

function associatedData(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')]);
}

function unpack(sealed: Buffer): { header: Buffer; keyId: string; nonce: Buffer; tag: Buffer; ciphertext: Buffer } {
  const nonceAt = 2 + (sealed[1] ?? 0);
  const tagAt = nonceAt + NONCE_BYTES;
  const ciphertextAt = tagAt + TAG_BYTES;
  if (sealed[0] !== VERSION || sealed.length < ciphertextAt) throw new Error('this is no sealed data');
  return {
    header: sealed.subarray(0, nonceAt),
    keyId: sealed.toString('latin1', 2, nonceAt),
    nonce: sealed.subarray(nonceAt, tagAt),
    tag: sealed.subarray(tagAt, ciphertextAt),
    ciphertext: sealed.subarray(ciphertextAt),
  };
}
