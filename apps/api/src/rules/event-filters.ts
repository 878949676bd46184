import { isEventType, isFilter, isReservedType } from '#core';
import type { Report } from '#http-kit';

const MOST = 100;

/** An endpoint's filter: null is everything, so an empty list would be nothing at all and is refused. */
export function eventFilters(value: unknown, report: Report): void {
  if (!Array.isArray(value)) {
    report('', 'invalid_type', 'must be a list of event types or filters, or null for all');
    return;
  }
  if (value.length === 0) {
    report('', 'too_short', 'must not be empty: null is all types');
    return;
  }
  if (value.length > MOST) report('', 'too_long', `must be at most ${MOST} entries`);
  for (const [index, filter] of value.slice(0, MOST).entries()) {
    if (typeof filter !== 'string' || !isFilter(filter)) {
      report(`/${index}`, 'event_type_invalid', 'must be an event type, * or a prefix such as order.*');
    }
  }
}

/** The name of an event type that a tenant may use. */
export function eventTypeName(value: unknown, report: Report): void {
  if (typeof value !== 'string' || !isEventType(value)) {
    report(
      '',
      'event_type_invalid',
      '1 to 10 segments of only letters, digits, _ and - between dots, at most 256 characters',
    );
  } else if (isReservedType(value)) report('', 'event_type_reserved', 'types under posthorn. are reserved');
}
