import { Injectable } from '@nestjs/common';
import { isEventType, ProblemError } from '#core';
import type { FieldError } from '#core';
import { answerPage, invalidRequest } from '#http-kit';
import type { AnsweredPage, ListQuery } from '#http-kit';
import { EventTypesRepository } from '#persistence';
import type { Caller } from '../auth/caller.js';
import { notFound } from '../path-id.js';
import { eventTypeName } from '../rules/event-filters.js';
import type { CreateEventTypeDto, EventTypeDto, PutEventTypeDto } from './dto/event-type.dto.js';
import { toEventType } from './dto/event-type.dto.js';

const NAME = /^[a-zA-Z0-9_.-]{1,256}$/;

/** The tenant's optional catalogue. */
@Injectable()
export class EventTypesService {
  constructor(private readonly types: EventTypesRepository) {}

  async create(caller: Caller, body: CreateEventTypeDto): Promise<EventTypeDto> {
    if (!(await this.types.insert(rowOf(caller, body.name, body)))) {
      throw new ProblemError('uid_taken', {
        errors: [{ pointer: '/name', code: 'uid_taken', detail: 'the catalogue has this type already' }],
      });
    }
    return this.get(caller, body.name);
  }

  async list(caller: Caller, query: ListQuery): Promise<AnsweredPage<EventTypeDto>> {
    return answerPage(
      query,
      { list: 'event-types', tenant: caller.tenantId },
      {
        load: (page) => this.types.list(caller.tenantId, page),
        position: (row) => row.name,
        isPosition: NAME,
        entries: (rows) => rows.map(toEventType),
      },
    );
  }

  async get(caller: Caller, name: string): Promise<EventTypeDto> {
    const row = isEventType(name) ? await this.types.find(caller.tenantId, name) : null;
    if (row === null) throw notFound('event type');
    return toEventType(row);
  }

  async put(caller: Caller, name: string, body: PutEventTypeDto): Promise<{ type: EventTypeDto; created: boolean }> {
    const errors: FieldError[] = [];
    eventTypeName(name, (_pointer, code, detail) =>
      errors.push({ pointer: '', code, detail: `the name in the path: ${detail}` }),
    );
    if (errors.length > 0) throw invalidRequest(errors);
    const created = await this.types.put(rowOf(caller, name, body));
    return { type: await this.get(caller, name), created };
  }

  async delete(caller: Caller, name: string): Promise<void> {
    if (!isEventType(name) || !(await this.types.delete(caller.tenantId, name))) throw notFound('event type');
  }
}

function rowOf(caller: Caller, name: string, body: PutEventTypeDto) {
  const schema = (body.schema ?? null) === null ? null : JSON.stringify(body.schema);
  return { tenantId: caller.tenantId, name, description: body.description ?? null, schema };
}
