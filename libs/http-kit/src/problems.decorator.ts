import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PROBLEMS } from '#core';
import type { ProblemCode } from '#core';
import { ProblemDto } from './problem.dto.js';
import { problemStatus } from './problem-status.js';

/** What any request may be answered with, whatever the route. */
const ANYWHERE: readonly ProblemCode[] = ['malformed_request', 'internal', 'overloaded', 'unavailable'];

/** Documents the problems a route answers with, one response a status, each code with its sentence. */
export function Problems(...codes: readonly ProblemCode[]): MethodDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...codes, ...ANYWHERE]))
    byStatus.set(problemStatus(code), [...(byStatus.get(problemStatus(code)) ?? []), code]);
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } };
  const responses = [...byStatus].map(([status, here]) =>
    ApiResponse({
      status,
      content,
      description: here.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}
