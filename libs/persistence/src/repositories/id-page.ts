import { And, LessThan, MoreThan, MoreThanOrEqual } from 'typeorm';
import type { FindOperator } from 'typeorm';
import { uuidFloor } from '#core';
import { clampToIds } from '../sql/read/page.js';
import type { Page } from '../sql/read/page.js';

/** A page of a list as TypeORM's find wants it, on the `id` column. */
export function idPage(page: Page): {
  where: { id?: FindOperator<string> };
  order: { id: 'ASC' | 'DESC' };
  take: number;
} {
  const bounds: FindOperator<string>[] = [];
  if (page.after !== null) bounds.push(MoreThanOrEqual(uuidFloor(clampToIds(page.after))));
  if (page.before !== null) bounds.push(LessThan(uuidFloor(clampToIds(page.before))));
  if (page.position !== null) bounds.push(page.order === 'desc' ? LessThan(page.position) : MoreThan(page.position));
  return {
    where: bounds.length === 0 ? {} : { id: And(...bounds) },
    order: { id: page.order === 'desc' ? 'DESC' : 'ASC' },
    take: page.limit,
  };
}
