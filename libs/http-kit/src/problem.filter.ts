import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '#core';
import type { ProblemCode } from '#core';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';

export interface ProblemFilterOptions {
  /** Whether an error means that the database cannot be used now. */
  isUnavailable(error: unknown): boolean;
  /** Called for our own faults only. */
  onFault(error: unknown, request: FastifyRequest): void;
}

const FASTIFY_CODES: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
};

const STATUS_CODES: Record<number, ProblemCode> = {
  400: 'malformed_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'malformed_request',
  415: 'unsupported_media_type',
};

/** Every error of the app becomes one problem+json answer here: our own problems, the framework's, and faults. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly options: ProblemFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    const problemError = this.asProblemError(error);
    if (problemError.code === 'internal') this.options.onFault(error, request);
    const problem = toProblem(problemError, request.id);
    if (problemError.retryAfterSeconds !== undefined)
      void reply.header('retry-after', String(problemError.retryAfterSeconds));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="posthorn"');
    void reply
      .header('x-request-id', request.id)
      .code(problem.status)
      .type(PROBLEM_CONTENT_TYPE)
      .send(JSON.stringify(problem));
  }

  private asProblemError(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    if (this.options.isUnavailable(error)) return new ProblemError('unavailable', { retryAfterSeconds: 1 });
    const cause = error instanceof HttpException ? (error.cause ?? error) : error;
    const code = FASTIFY_CODES[(cause as { code?: string } | null)?.code ?? ''] ?? STATUS_CODES[statusOf(error)];
    return code === undefined
      ? new ProblemError('internal')
      : new ProblemError(code, { detail: (error as Error).message });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number } | null)?.statusCode ?? 500;
}
