import type { FastifyRequest } from 'fastify';
import { ProblemError } from '#core';
import type { FoundKey } from '#persistence';
import type { Permission } from './caller.js';
import type { KeyCache } from './key-cache.js';

const BEARER = /^Bearer +(phk_[A-Za-z0-9_-]{1,128})$/i;

/** Finds out who calls and whether they may, before a byte of the body is read. */
export class Authorizer {
  constructor(private readonly keys: KeyCache) {}

  async authorize(request: FastifyRequest, allow: readonly string[]): Promise<void> {
    const text = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (text === undefined)
      throw new ProblemError('unauthenticated', { detail: 'send a key as "Authorization: Bearer phk_…"' });
    const key = await this.keys.find(text);
    if (key === null) throw new ProblemError('unauthenticated', { detail: 'the key is unknown, expired or revoked' });
    if (key.suspended) throw new ProblemError('forbidden', { detail: 'the tenant is suspended' });
    const permission = permissionOf(key);
    if (!allow.includes(permission)) {
      throw new ProblemError('forbidden', {
        detail: `this route is for ${allow.join(', ')}; the key is ${permission}`,
      });
    }
    request.caller = {
      tenantId: key.tenantId,
      keyId: key.id,
      role: key.role,
      subscriberId: key.subscriberId,
      requestId: request.id,
    };
  }
}

function permissionOf(key: FoundKey): Permission {
  if (key.role !== 'subscriber') return key.role;
  return key.scope === 'manage' ? 'subscriber:manage' : 'subscriber:read';
}
