import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody } from '#http-kit';

@Injectable()
class NoFields {}

/** For actions that take nothing: no body, or an object without members. */
@Injectable()
export class EmptyBody implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    readBody(NoFields, context.switchToHttp().getRequest<FastifyRequest>().body);
    return true;
  }
}
