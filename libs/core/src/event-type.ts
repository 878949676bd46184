const MAX_LENGTH = 256;
const TYPE = /^[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+){0,9}$/;
// At least one segment follows, and a type has at most ten: a longer prefix could never match.
const PREFIX_FILTER = /^[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+){0,8}\.\*$/;

/** 1–10 segments of `[a-zA-Z0-9_-]` between dots, at most 256 characters. */
export function isEventType(type: string): boolean {
  return type.length <= MAX_LENGTH && TYPE.test(type);
}

/** `posthorn.*` is for the platform's own notices: nobody else publishes it. */
export function isReservedType(type: string): boolean {
  return type.startsWith('posthorn.');
}

/** What an endpoint may subscribe to: an exact type, `*`, or `a.b.*` (one or more further segments, so not `a.b` itself). */
export function isFilter(filter: string): boolean {
  return filter === '*' || isEventType(filter) || (filter.length <= MAX_LENGTH && PREFIX_FILTER.test(filter));
}

/** Every filter that matches a type. Matching is then an overlap of two sets, which an index serves: `a.b.c` → `*`, `a.*`, `a.b.*`, `a.b.c`. */
export function matchKeys(type: string): string[] {
  const keys = ['*'];
  for (let dot = type.indexOf('.'); dot !== -1; dot = type.indexOf('.', dot + 1)) {
    keys.push(`${type.slice(0, dot)}.*`);
  }
  keys.push(type);
  return keys;
}
