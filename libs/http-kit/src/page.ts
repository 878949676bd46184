import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ProblemError } from '#core';
import { decodeCursor, encodeCursor } from './cursor.js';
import { USUAL_PAGE } from './list-query.js';
import type { ListQuery } from './list-query.js';
import { parseRfc3339 } from './rfc3339.js';

/** One page of a list as asked for: times in milliseconds since the epoch, `position` behind the last entry of the page before. */
export interface WantedPage {
  limit: number;
  order: 'asc' | 'desc';
  after: number | null;
  before: number | null;
  position: string | null;
}

export interface AnsweredPage<Entry> {
  data: Entry[];
  nextCursor: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Answers one page of a list: `load` is asked for one row more than the page has, which tells whether there is a next one. The cursor is bound
 * to `filters` (which must name the list and whose it is), the order and the times.
 */
export async function answerPage<Row, Entry>(
  query: ListQuery,
  filters: object,
  list: {
    load(page: WantedPage): Promise<Row[]>;
    position(row: Row): string;
    entries(rows: Row[]): Entry[] | Promise<Entry[]>;
    isPosition?: RegExp;
  },
): Promise<AnsweredPage<Entry>> {
  const order = query.order ?? 'desc';
  const limit = query.limit ?? USUAL_PAGE;
  const after = query.after === undefined ? null : parseRfc3339(query.after);
  const before = query.before === undefined ? null : parseRfc3339(query.before);
  const bound = { ...filters, order, after, before };
  const position = query.cursor === undefined ? null : decodeCursor(query.cursor, bound);
  if (position !== null && !(list.isPosition ?? UUID).test(position)) throw new ProblemError('cursor_invalid');
  const rows = await list.load({ limit: limit + 1, order, after, before, position });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(list.position(last), bound) : null;
  return { data: await list.entries(shown), nextCursor };
}

/** The answer's class for a list of `Entry`, for the documentation. */
export function PageOf<Entry extends object>(entry: Type<Entry>): Type<AnsweredPage<Entry>> {
  class PageDto implements AnsweredPage<Entry> {
    @ApiProperty({ description: 'The entries of this page, in order', type: [entry], example: [] })
    data!: Entry[];

    @ApiProperty({
      description: 'Give it as `cursor` for the next page; null on the last one',
      type: String,
      nullable: true,
      example: null,
    })
    nextCursor!: string | null;
  }
  Object.defineProperty(PageDto, 'name', { value: `PageOf${entry.name}` });
  return PageDto;
}
