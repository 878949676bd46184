import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '#core';
import { Allow, ANYBODY } from './allow.decorator.js';
import { Problems } from './problems.decorator.js';

/** What readiness depends on: answers, or throws. */
export abstract class Readiness {
  abstract check(): Promise<void>;
}

export class HealthDto {
  @ApiProperty({ description: 'Always `ok`: what is not answers with a problem', enum: ['ok'], example: 'ok' })
  status!: 'ok';
}

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Allow(ANYBODY)
  @ApiOperation({ operationId: 'healthLive', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: HealthDto, description: 'It runs' })
  @Problems()
  live(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @HttpCode(200)
  @Allow(ANYBODY)
  @ApiOperation({ operationId: 'healthReady', summary: 'Whether requests can be served now' })
  @ApiOkResponse({ type: HealthDto, description: 'They can' })
  @Problems()
  async ready(): Promise<HealthDto> {
    try {
      await this.readiness.check();
    } catch {
      throw new ProblemError('unavailable', { detail: 'the database does not answer', retryAfterSeconds: 1 });
    }
    return { status: 'ok' };
  }
}
