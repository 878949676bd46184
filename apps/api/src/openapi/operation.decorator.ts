import { applyDecorators, HttpCode, UseInterceptors } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ProblemCode } from '#core';
import { Problems } from '#http-kit';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';

export interface Operation {
  /** Stable name of the operation, which generated clients use. */
  id: string;
  summary: string;
  description?: string;
  /** Status on success (200 unless said otherwise) and what it answers with. */
  status?: number;
  answer?: Type;
  problems?: readonly ProblemCode[];
}

const ALWAYS: readonly ProblemCode[] = ['unauthenticated', 'forbidden'];
/** Of whatever may carry a body, a DELETE too: it is read, and so must be JSON. */
const OF_BODIES: readonly ProblemCode[] = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'payload_too_deep',
];
const OF_POST: readonly ProblemCode[] = [
  ...OF_BODIES,
  'idempotency_key_invalid',
  'idempotency_in_progress',
  'idempotency_key_reused',
];

/** Documents a route: its name, what it answers with and every problem. */
export function Operation({
  id,
  summary,
  description,
  status = 200,
  answer,
  problems = [],
}: Operation): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    ApiBearerAuth(),
    ApiOperation({ operationId: id, summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({
      status,
      description: status === 204 ? 'Done' : summary,
      ...(answer === undefined ? {} : { type: answer }),
    }),
    Problems(...ALWAYS, ...problems),
  );
}

/** A PUT, PATCH or DELETE: like `Operation`, with what may be wrong with a body. */
export function ChangeOperation(operation: Operation): MethodDecorator {
  return Operation({ ...operation, problems: [...OF_BODIES, ...(operation.problems ?? [])] });
}

/** A POST: like `Operation`, and an `Idempotency-Key` makes repeating it harmless. */
export function PostOperation(operation: Operation): MethodDecorator {
  return applyDecorators(
    Operation({ ...operation, problems: [...OF_POST, ...(operation.problems ?? [])] }),
    IdempotencyHeader(),
    UseInterceptors(IdempotencyInterceptor),
  );
}

/** A POST that keeps its idempotency keys itself. */
export function PublishOperation(operation: Operation): MethodDecorator {
  return applyDecorators(
    Operation({ ...operation, problems: [...OF_POST, ...(operation.problems ?? [])] }),
    IdempotencyHeader(),
  );
}

function IdempotencyHeader(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      '1 to 255 printable ASCII characters, bare or quoted. A repeat within 24 h gets the first answer with `Idempotency-Replayed: true`',
    schema: { type: 'string' },
    example: 'order-12345',
  });
}
