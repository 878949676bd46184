import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who may call a route. A subscriber's token is one of two, by its scope. */
export type Permission = 'tenant' | 'publisher' | 'subscriber:manage' | 'subscriber:read';

/** Who sent a request. */
export interface Caller {
  tenantId: string;
  keyId: string;
  role: 'tenant' | 'publisher' | 'subscriber';
  /** Set for the role subscriber: it sees nothing but its own. */
  subscriberId: string | null;
  requestId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authorization hook on every route that is not for anybody. */
    caller: Caller;
  }
}

/** The caller as a parameter of a controller. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller => context.switchToHttp().getRequest<FastifyRequest>().caller,
);

/** Whether the caller may see what belongs to this subscriber. */
export function sees(caller: Caller, subscriberId: string | null): boolean {
  return caller.subscriberId === null || caller.subscriberId === subscriberId;
}
