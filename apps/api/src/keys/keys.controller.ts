import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { EVERY_KEY, TENANT } from '../auth/roles.js';
import { ChangeOperation, Operation, PostOperation } from '../openapi/operation.decorator.js';
import { CreateKeyDto } from './dto/create-key.dto.js';
import { CreatedKeyDto, KeyDto } from './dto/key.dto.js';
import { MeDto } from './dto/me.dto.js';
import { KeysService } from './keys.service.js';

@ApiTags('keys')
@Controller('v1')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Post('keys')
  @Allow(...TENANT)
  @PostOperation({
    id: 'createKey',
    summary: 'Create a key; it is shown this once',
    status: 201,
    answer: CreatedKeyDto,
    problems: ['validation_failed'],
  })
  create(@CurrentCaller() caller: Caller, @Body() body: CreateKeyDto): Promise<CreatedKeyDto> {
    return this.keys.createKey(caller, body);
  }

  @Get('keys')
  @Allow(...TENANT)
  @Operation({
    id: 'listKeys',
    summary: "List the tenant's keys, subscribers' tokens too",
    answer: PageOf(KeyDto),
    problems: ['validation_failed', 'cursor_invalid', 'cursor_mismatch'],
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListQuery): Promise<AnsweredPage<KeyDto>> {
    return this.keys.list(caller, query);
  }

  @Delete('keys/:id')
  @Allow(...TENANT)
  @ApiParam({ name: 'id', description: "The key's id", example: 'key_01kavs0g3he0k8b5xhgm3nq4t2' })
  @ChangeOperation({
    id: 'deleteKey',
    summary: 'Revoke a key; it is refused everywhere within a second',
    status: 204,
    problems: ['not_found'],
  })
  delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(caller, id);
  }

  @Get('me')
  @Allow(...EVERY_KEY)
  @Operation({ id: 'getMe', summary: 'Which key this is', answer: MeDto, problems: ['not_found'] })
  me(@CurrentCaller() caller: Caller): Promise<MeDto> {
    return this.keys.me(caller);
  }
}
