import { uuidFloor } from '#core';

/** Which part of a list is wanted. Every id in a list is a UUIDv7, so times are bounds on ids. */
export interface Page {
  limit: number;
  order: 'asc' | 'desc';
  /** Milliseconds since the epoch, inclusive. */
  after: number | null;
  /** Milliseconds since the epoch, exclusive. */
  before: number | null;
  /** The last row of the page before this one. */
  position: string | null;
}

/** Collects conditions with their values, numbering the placeholders. */
export class Conditions {
  private readonly parts: string[] = [];

  /** Conditions of one statement share its list of values. */
  constructor(readonly values: unknown[] = []) {}

  /** `sql` names its value `?`. A null value means that the condition is not wanted. */
  add(sql: string, value: unknown): this {
    if (value === null || value === undefined) return this;
    this.parts.push(sql.replaceAll('?', this.bind(value)));
    return this;
  }

  /** The placeholder of one more value. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** The part of a list a page asks for, on its id column. */
  within(column: string, page: Page): this {
    this.add(`${column} >= ?::uuid`, page.after === null ? null : uuidFloor(clampToIds(page.after)));
    this.add(`${column} < ?::uuid`, page.before === null ? null : uuidFloor(clampToIds(page.before)));
    return this.add(`${column} ${page.order === 'desc' ? '<' : '>'} ?::uuid`, page.position);
  }

  /** All of them, joined by AND. */
  sql(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' AND ');
  }
}

// A UUIDv7 has 48 bits of milliseconds: years 1970 to 10889.
const LAST_MS = 2 ** 48 - 1;

/** The nearest time that a UUIDv7 can carry. */
export function clampToIds(ms: number): number {
  return Math.min(Math.max(ms, 0), LAST_MS);
}
