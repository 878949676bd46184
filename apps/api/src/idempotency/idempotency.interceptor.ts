import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { ProblemError, SECOND } from '#core';
import { IdempotencyKeysRepository, sqlState } from '#persistence';
import type { ClaimedKey } from '#persistence';
import { answerContext, SecretBox } from '#signing';
import { Transactions } from '../transactions.js';
import { readIdempotencyKey } from './idempotency-key.js';

const TWIN_WAIT_MS = 5 * SECOND;
const LOCK_NOT_AVAILABLE = '55P03';
export const REPLAYED_HEADER = 'idempotency-replayed';

/**
 * Remembers the answer of a POST with an `Idempotency-Key`. The key's row is written in the transaction of the handler's own writes: they
 * commit together or not at all, a failure remembers nothing, and a twin waits on the unique index for the first one's answer. (Publishing
 * keeps its keys in the publish statement instead.)
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly transactions: Transactions,
    private readonly keys: IdempotencyKeysRepository,
    private readonly box: SecretBox,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = readIdempotencyKey(request.headers);
    if (key === null) return next.handle();
    return from(this.once(request, http.getResponse<FastifyReply>(), key, () => lastValueFrom(next.handle())));
  }

  private async once(
    request: FastifyRequest,
    reply: FastifyReply,
    text: string,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const key = { tenantId: request.caller.tenantId, scope: scopeOf(request), key: text };
    const fingerprint = fingerprintOf(request);
    return this.transactions.run(async () => {
      if (!(await this.claim(key, fingerprint))) return this.replay(key, fingerprint, reply);
      const answer = await handle();
      const responseSealed = this.box.seal(Buffer.from(JSON.stringify(answer)), answerContext(key));
      await this.keys.remember(key, { status: reply.statusCode, responseSealed });
      return answer;
    });
  }

  private async claim(key: ClaimedKey, fingerprint: Buffer): Promise<boolean> {
    try {
      return await this.keys.claim(key, fingerprint, TWIN_WAIT_MS);
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      throw new ProblemError('idempotency_in_progress', { retryAfterSeconds: 1 });
    }
  }

  private async replay(key: ClaimedKey, fingerprint: Buffer, reply: FastifyReply): Promise<unknown> {
    const first = await this.keys.find(key);
    // Forgotten between the two statements: as if the twin were still busy.
    if (!first?.responseSealed) throw new ProblemError('idempotency_in_progress', { retryAfterSeconds: 1 });
    if (!first.fingerprint.equals(fingerprint)) throw new ProblemError('idempotency_key_reused');
    void reply.header(REPLAYED_HEADER, 'true');
    return JSON.parse(this.box.open(first.responseSealed, answerContext(key)).toString()) as unknown;
  }
}

// A subscriber's keys are its own: it must neither get nor block an answer meant for somebody else.
function scopeOf(request: FastifyRequest): string {
  const route = `${request.method} ${request.routeOptions.url ?? ''}`;
  return request.caller.subscriberId === null ? route : `${route} ${request.caller.subscriberId}`;
}

function fingerprintOf(request: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(request.url)
    .update('\n')
    .update(request.rawBody ?? Buffer.alloc(0))
    .digest();
}
