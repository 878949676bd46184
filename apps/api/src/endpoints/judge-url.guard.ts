import { createParamDecorator, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { FieldError } from '#core';
import { AddressGuard } from '#egress';
import { TenantsRepository } from '#persistence';
import { isEndpointUrl } from '../rules/endpoint-url.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `JudgeUrl`. */
    urlRefusal?: FieldError | null;
  }
}

/**
 * Asks the address guard about the URL of an endpoint to be saved. As a guard of the route, so that it comes before every transaction, that of
 * an idempotency key too: no connection to the database waits for a name server. What it finds is reported with the other wrong fields.
 */
@Injectable()
export class JudgeUrl implements CanActivate {
  constructor(
    private readonly guard: AddressGuard,
    private readonly tenants: TenantsRepository,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const url = urlOf(request.body);
    request.urlRefusal = url === null ? null : await this.judge(request.caller.tenantId, url);
    return true;
  }

  private async judge(tenantId: string, url: string): Promise<FieldError | null> {
    const tenant = await this.tenants.find(tenantId);
    if (tenant === null) return null; // whatever the request wants, it will not be there
    const refused = await this.guard.judgeUrl(url, tenant);
    return refused === null ? null : { pointer: '/url', code: refused.code, detail: refused.detail };
  }
}

/** What the address guard has against the URL in the body, as a parameter of a controller. */
export const UrlRefusal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): FieldError | null =>
    context.switchToHttp().getRequest<FastifyRequest>().urlRefusal ?? null,
);

/** Null: there is none, or none that could be saved anyway. */
function urlOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('url' in body)) return null;
  return isEndpointUrl(body.url) ? body.url : null;
}
