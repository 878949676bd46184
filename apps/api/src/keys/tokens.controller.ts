import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { TENANT } from '../auth/roles.js';
import { ChangeOperation, Operation, PostOperation } from '../openapi/operation.decorator.js';
import { CreateTokenDto } from './dto/create-key.dto.js';
import { CreatedKeyDto, KeyDto } from './dto/key.dto.js';
import { KeysService } from './keys.service.js';

const SUBSCRIBER = { name: 'subscriber', description: "Our id or the tenant's uid", example: 'acme' };

@ApiTags('subscribers')
@Controller('v1/subscribers/:subscriber/tokens')
export class TokensController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @PostOperation({
    id: 'createToken',
    summary: 'Create a token for a subscriber; it is shown this once',
    status: 201,
    answer: CreatedKeyDto,
    problems: ['not_found', 'validation_failed'],
  })
  create(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Body() body: CreateTokenDto,
  ): Promise<CreatedKeyDto> {
    return this.keys.createToken(caller, subscriber, body);
  }

  @Get()
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @Operation({
    id: 'listTokens',
    summary: "List a subscriber's tokens",
    answer: PageOf(KeyDto),
    problems: ['not_found', 'validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Query() query: ListQuery,
  ): Promise<AnsweredPage<KeyDto>> {
    return this.keys.listTokens(caller, subscriber, query);
  }

  @Delete(':id')
  @Allow(...TENANT)
  @ApiParam(SUBSCRIBER)
  @ApiParam({ name: 'id', description: "The token's id", example: 'key_01kavs0g3he0k8b5xhgm3nq4t2' })
  @ChangeOperation({
    id: 'deleteToken',
    summary: 'Revoke a token; it is refused everywhere within a second',
    status: 204,
    problems: ['not_found'],
  })
  delete(
    @CurrentCaller() caller: Caller,
    @Param('subscriber') subscriber: string,
    @Param('id') id: string,
  ): Promise<void> {
    return this.keys.revokeToken(caller, subscriber, id);
  }
}
