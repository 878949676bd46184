import { base32ToUuid, uuidToBase32 } from './base32.js';

const PREFIXES = {
  tenant: 'ten',
  subscriber: 'sub',
  endpoint: 'ep',
  event: 'evt',
  delivery: 'dlv',
  key: 'key',
  replay: 'rpl',
  operator: 'opr',
  request: 'req',
} as const;

/** What an id can name. Subscriber tokens are keys too. */
export type IdKind = keyof typeof PREFIXES;

const anyPrefix = new RegExp(`^(?:${Object.values(PREFIXES).join('|')})_`);

/** The id as the API shows it: `evt_01kaxs…`, a TypeID of a bare UUID. Throws when `uuid` is none: that is our own fault. */
export function encodeId(kind: IdKind, uuid: string): string {
  const suffix = uuidToBase32(uuid);
  if (suffix === null) throw new Error(`not a uuid: ${JSON.stringify(uuid)}`);
  return `${PREFIXES[kind]}_${suffix}`;
}

/** The bare UUID, in lower case, or null when the text is not exactly what `encodeId` writes for that kind. */
export function decodeId(kind: IdKind, text: string): string | null {
  const prefix = PREFIXES[kind];
  if (!text.startsWith(prefix) || text[prefix.length] !== '_') return null;
  return base32ToUuid(text.slice(prefix.length + 1));
}

/** Whether a text could be taken for one of our ids. A tenant's own uid must not be, or look-ups by "id or uid" would be ambiguous. */
export function isIdLike(text: string): boolean {
  return anyPrefix.test(text);
}
