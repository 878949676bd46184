import fc from 'fast-check';
import { encodeId, newUuid } from '#core';
import type { IdKind } from '#core';

const KINDS = { sub: 'subscriber', ep: 'endpoint', evt: 'event', dlv: 'delivery', key: 'key', rpl: 'replay' } as const;
const ID = /\b(sub|ep|evt|dlv|key|rpl)_[0-9a-hjkmnp-tv-z]{26}\b/g;
const PLACEHOLDER = /\{\{(own|foreign|unknown)\.(sub|ep|evt|dlv|key|rpl)\.(\d+)\}\}/g;
const MOST_REMEMBERED = 200;

type Prefix = keyof typeof KINDS;

/** What an id names, told by the example of its field; null for what is no id. */
export function kindOfId(example: unknown): Prefix | null {
  const found = typeof example === 'string' ? /^(sub|ep|evt|dlv|key|rpl)_/.exec(example) : null;
  return (found?.[1] as Prefix | undefined) ?? null;
}

/** A placeholder for an id that is known only when the request is sent: one of the caller's tenant, of the other, or of nobody. */
export function idText(kind: Prefix): fc.Arbitrary<string> {
  const whose = fc.oneof(
    { arbitrary: fc.constant('own'), weight: 6 },
    { arbitrary: fc.constant('foreign'), weight: 3 },
    { arbitrary: fc.constant('unknown'), weight: 1 },
  );
  return fc.tuple(whose, fc.nat(MOST_REMEMBERED)).map(([owner, n]) => `{{${owner}.${kind}.${n}}}`);
}

export function namesForeign(text: string): boolean {
  return text.includes('{{foreign.');
}

/** The ids that exist: those of the tenant that calls, which grow with every answer, and those it must never see. */
export class Ids {
  private readonly own = new Map<string, string[]>();
  private readonly foreign = new Map<string, string[]>();

  constructor(
    foreign: Iterable<string>,
    /** Never deleted, so that the callers stay who they are. */
    private readonly kept: ReadonlySet<string>,
  ) {
    for (const id of foreign) add(this.foreign, id);
  }

  /** Takes the ids in an answer to the tenant. */
  learn(answer: string): void {
    for (const [id] of answer.matchAll(ID)) if (!this.isForeign(id)) add(this.own, id);
  }

  isForeign(id: string): boolean {
    return this.foreign.get(prefixOf(id))?.includes(id) ?? false;
  }

  /** Every foreign id in a text. */
  foreignIn(text: string): string[] {
    return [...text.matchAll(ID)].map(([id]) => id).filter((id) => this.isForeign(id));
  }

  /** The text with ids for its placeholders. `sparing`: none that must stay. */
  fill(text: string, sparing: boolean): string {
    return text.replaceAll(PLACEHOLDER, (_all, owner: string, kind: Prefix, n: string) => {
      const known = (owner === 'own' ? this.own : this.foreign).get(kind) ?? [];
      const usable = sparing ? known.filter((id) => !this.kept.has(id)) : known;
      const id = owner === 'unknown' ? undefined : usable[Number(n) % Math.max(1, usable.length)];
      return id ?? encodeId(KINDS[kind] satisfies IdKind, newUuid(Date.now()));
    });
  }
}

export function idsIn(text: string): string[] {
  return [...text.matchAll(ID)].map(([id]) => id);
}

function add(ids: Map<string, string[]>, id: string): void {
  const same = ids.get(prefixOf(id)) ?? [];
  if (same.includes(id)) return;
  same.push(id);
  // The newest are the likeliest to be still there; the first are those that were furnished.
  if (same.length > MOST_REMEMBERED) same.splice(MOST_REMEMBERED / 2, 1);
  ids.set(prefixOf(id), same);
}

function prefixOf(id: string): string {
  return id.slice(0, id.indexOf('_'));
}
