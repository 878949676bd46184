import { decodeId, isReservedType, matchKeys, ProblemError } from '#core';
import type { FieldError } from '#core';
import { forgetExpiredKeys, resolvePublish } from '#persistence';
import type { Database, EventRow, PublishAnswer, PublishQuestion } from '#persistence';
import { NOTICE_SUBSCRIBER_UID } from '../notices/notice-subscriber.js';
import { fingerprint } from './new-event.js';
import type { NewEvent, PublishedEvent } from './new-event.js';

/** One request to publish: all of its events or none. */
export interface PublishRequest {
  tenantId: string;
  events: readonly NewEvent[];
}

/** A request that may be stored: for each event either its row or the answer it had before. */
export interface PreparedRequest {
  rows: EventRow[];
  /** For each event, in order: the index of its row (twins share one), or the earlier answer. */
  places: (number | PublishedEvent)[];
  maxBroadcast: number;
}

/**
 * Looks up for many requests at once what must be known before anything is stored: recipients, catalogue, idempotency keys. Each answer is a
 * prepared request or the problem that refuses it, naming every wrong event.
 */
export async function preparePublish(
  database: Database,
  requests: readonly PublishRequest[],
): Promise<(PreparedRequest | ProblemError)[]> {
  const questions = new Map<string, PublishQuestion>();
  const asked = requests.map(({ tenantId, events }) => events.map((event) => ask(questions, tenantId, event)));
  const known = await answer(database, questions);
  return requests.map((request, index) =>
    prepare(
      request,
      (asked[index] ?? []).map((key) => known.get(key)),
    ),
  );
}

function ask(questions: Map<string, PublishQuestion>, tenantId: string, event: NewEvent): string {
  const named = event.recipient.kind === 'subscriber' ? event.recipient.idOrUid : null;
  const subscriberId = named === null ? null : decodeId('subscriber', named);
  const question: PublishQuestion = {
    tenantId,
    subscriberId,
    subscriberUid: subscriberId === null ? named : null,
    type: event.type,
    idempotencyKey: event.idempotencyKey,
  };
  const key = JSON.stringify([tenantId, named, event.type, event.idempotencyKey]);
  questions.set(key, question);
  return key;
}

async function answer(
  database: Database,
  questions: Map<string, PublishQuestion>,
): Promise<Map<string, PublishAnswer>> {
  const keyed = [...questions.values()].flatMap(({ tenantId, idempotencyKey: key }) =>
    key === null ? [] : [{ tenantId, key }],
  );
  if (keyed.length > 0) await forgetExpiredKeys(database, keyed);
  const answers = await resolvePublish(database, [...questions.values()]);
  return new Map(
    [...questions.keys()].flatMap((key, index) => (answers[index] ? [[key, answers[index]] as const] : [])),
  );
}

function prepare(
  { tenantId, events }: PublishRequest,
  answers: readonly (PublishAnswer | undefined)[],
): PreparedRequest | ProblemError {
  const draft = new Draft(tenantId);
  for (const [index, event] of events.entries()) {
    const known = answers[index];
    // The key of a tenant that has been removed or suspended since it authenticated.
    if (!known || known.suspended) return new ProblemError('forbidden', { detail: 'This tenant may not publish now' });
    draft.add(event, known);
  }
  if (draft.errors.length > 0) return new ProblemError(commonCode(draft.errors), { errors: draft.errors });
  return { rows: draft.rows, places: draft.places, maxBroadcast: answers[0]?.maxBroadcast ?? 0 };
}

/** A request while its events are looked at one by one; every wrong one is noted. */
class Draft {
  readonly rows: EventRow[] = [];
  readonly places: (number | PublishedEvent)[] = [];
  readonly errors: FieldError[] = [];
  private readonly byKey = new Map<string, { index: number; print: Buffer }>();

  constructor(private readonly tenantId: string) {}

  add(event: NewEvent, known: PublishAnswer): void {
    const print = event.idempotencyKey === null ? null : fingerprint(event);
    const place = print === null ? null : this.placeOfTwin(event, known, print);
    const refusal = place === null ? refuse(event, known) : null;
    if (refusal) this.errors.push(refusal);
    else this.places.push(place ?? this.addRow(event, known, print));
  }

  /** Where the answer to the same key already is: given before, or being made in this request. */
  private placeOfTwin(event: NewEvent, known: PublishAnswer, print: Buffer): number | PublishedEvent | null {
    const twin = this.byKey.get(event.idempotencyKey ?? '');
    const earlier = known.seen?.fingerprint ?? twin?.print;
    if (earlier && !earlier.equals(print)) this.errors.push(reused(event));
    if (known.seen) return { id: known.seen.eventId, deliveries: known.seen.deliveries, replayed: true };
    return twin?.index ?? null;
  }

  private addRow(event: NewEvent, known: PublishAnswer, print: Buffer | null): number {
    const index = this.rows.push(rowOf(this.tenantId, event, known.subscriberId, print)) - 1;
    if (event.idempotencyKey !== null && print !== null) this.byKey.set(event.idempotencyKey, { index, print });
    return index;
  }
}

function refuse(event: NewEvent, known: PublishAnswer): FieldError | null {
  if (isReservedType(event.type)) {
    return {
      pointer: `${event.pointer}/type`,
      code: 'event_type_reserved',
      detail: 'types that begin with posthorn. are reserved',
    };
  }
  if (known.strictEventTypes && !known.typeKnown) {
    return {
      pointer: `${event.pointer}/type`,
      code: 'unknown_event_type',
      detail: 'not in the catalogue of this tenant, which is strict',
    };
  }
  if (event.recipient.kind === 'broadcast') return null;
  if (known.subscriberId === null) {
    return {
      pointer: `${event.pointer}/subscriber`,
      code: 'subscriber_not_found',
      detail: 'no subscriber has this id or uid',
    };
  }
  if (known.subscriberUid === NOTICE_SUBSCRIBER_UID) {
    return {
      pointer: `${event.pointer}/subscriber`,
      code: 'subscriber_reserved',
      detail: 'this subscriber receives the notices of the platform only',
    };
  }
  return null;
}

const reused = (event: NewEvent): FieldError => ({
  pointer: event.pointer === '' ? '' : `${event.pointer}/idempotencyKey`,
  code: 'idempotency_key_reused',
  detail: 'this key was used for another event within the last 24 hours',
});

/** One kind of mistake is the problem's own code; several kinds are `validation_failed`. */
function commonCode(errors: readonly FieldError[]): ProblemError['code'] {
  const codes = new Set(errors.map((error) => error.code));
  return codes.size === 1 ? (errors[0]?.code as ProblemError['code']) : 'validation_failed';
}

function rowOf(tenantId: string, event: NewEvent, subscriberId: string | null, print: Buffer | null): EventRow {
  return {
    tenantId,
    subscriberId,
    type: event.type,
    matchKeys: matchKeys(event.type),
    occurredAt: event.timestamp,
    envelope: event.payloadKind === 'data',
    payload: event.payload,
    idempotencyKey: event.idempotencyKey,
    fingerprint: print,
  };
}
