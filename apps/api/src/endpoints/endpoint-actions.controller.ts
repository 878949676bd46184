import { Body, Controller, Get, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Allow } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { MANAGERS } from '../auth/roles.js';
import { readTestPayload } from '../events/test-payload.js';
import { Operation, PostOperation } from '../openapi/operation.decorator.js';
import { EmptyBody } from '../empty-body.guard.js';
import { EndpointSecretDto, RotateSecretDto } from './dto/endpoint-secret.dto.js';
import { EndpointDto } from './dto/endpoint.dto.js';
import { ResumeEndpointDto } from './dto/resume-endpoint.dto.js';
import { StartedTestDto, TestEndpointDto, USUAL_TEST_TYPE } from './dto/test-endpoint.dto.js';
import { EndpointStateService } from './endpoint-state.service.js';
import { ENDPOINT } from './endpoints.controller.js';
import { SecretKeeper } from './secret-keeper.js';

@ApiTags('endpoints')
@Controller('v1/endpoints/:id')
export class EndpointActionsController {
  constructor(
    private readonly states: EndpointStateService,
    private readonly secrets: SecretKeeper,
  ) {}

  @Get('secret')
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @Operation({
    id: 'getEndpointSecret',
    summary: 'Reveal the signing secret (audited)',
    answer: EndpointSecretDto,
    problems: ['not_found'],
  })
  secret(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<EndpointSecretDto> {
    return this.secrets.reveal(caller, id);
  }

  @Post('secret/rotate')
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @PostOperation({
    id: 'rotateEndpointSecret',
    summary: 'Replace the signing secret',
    description: 'During the overlap every delivery carries a signature of each live secret.',
    answer: EndpointSecretDto,
    problems: ['not_found', 'validation_failed'],
  })
  rotate(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: RotateSecretDto,
  ): Promise<EndpointSecretDto> {
    return this.secrets.rotate(caller, id, body);
  }

  @Post('pause')
  @UseGuards(EmptyBody)
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @PostOperation({
    id: 'pauseEndpoint',
    summary: 'Pause an endpoint: it collects for as long as it lasts',
    answer: EndpointDto,
    problems: ['not_found', 'validation_failed'],
  })
  pause(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<EndpointDto> {
    return this.states.pause(caller, id);
  }

  @Post('resume')
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @PostOperation({
    id: 'resumeEndpoint',
    summary: 'Resume a paused or disabled endpoint',
    description: 'Also ends a pause that the receiver asked for with Retry-After, and lets an open breaker probe.',
    answer: EndpointDto,
    problems: ['not_found', 'validation_failed'],
  })
  resume(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ResumeEndpointDto,
  ): Promise<EndpointDto> {
    return this.states.resume(caller, id, body.pending ?? 'deliver');
  }

  @Post('test')
  @Allow(...MANAGERS)
  @ApiParam(ENDPOINT)
  @PostOperation({
    id: 'testEndpoint',
    summary: 'Send one test delivery',
    description:
      'One attempt, even while the endpoint is paused. It counts for nothing and never becomes a dead letter. Ten at once, then one every six seconds.',
    status: 202,
    answer: StartedTestDto,
    problems: [
      'not_found',
      'validation_failed',
      'event_type_reserved',
      'payload_too_large',
      'payload_too_deep',
      'rate_limited',
    ],
  })
  test(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: TestEndpointDto,
    @Req() request: FastifyRequest,
  ): Promise<StartedTestDto> {
    return this.states.test(caller, id, {
      type: body.type ?? USUAL_TEST_TYPE,
      payload: readTestPayload(request.rawBody),
    });
  }
}
