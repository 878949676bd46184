import type { Database, Statement } from '../database.js';
import type { PendingIds } from './pending-ids.js';

export interface ClaimRequest {
  endpointId: string;
  epoch: number;
  /** Milliseconds: nothing due before this is looked at. Null: from the beginning. */
  floor: number | null;
  /** Milliseconds: nothing due after this either. Null: to now. */
  ceiling: number | null;
  limit: number;
  /** Of what replays made as many, due from the floor on. Null: none. */
  replays: { floor: number | null; limit: number } | null;
  /** Only deliveries made to test the endpoint: all that a paused lane may send. */
  testsOnly: boolean;
}

export interface ClaimedDelivery {
  id: string;
  eventId: string;
  /** Attempts settled so far. */
  attempts: number;
  /** Place in the retry schedule. */
  step: number;
  trigger: 'initial' | 'resend' | 'replay' | 'test';
  /** Milliseconds. */
  nextAt: number;
  deadline: number;
  /** Payload size. */
  bytes: number;
}

export interface ClaimAnswer {
  version: number;
  /** False: the lease is not this epoch's any more. */
  held: boolean;
  /** The database's clock at the start of the statement, milliseconds. */
  databaseNow: number;
  /** Live ones, oldest first. */
  deliveries: ClaimedDelivery[];
  /** What replays made, oldest first. */
  replays: ClaimedDelivery[];
}

const CLAIMED = `
       d.id, d.event_id AS "eventId", d.attempts, d.step, d.trigger, d.bytes,
       extract(epoch FROM d.next_at)::float8 * 1000 AS "nextAt", extract(epoch FROM d.deadline)::float8 * 1000 AS deadline`;

/**
 * The due deliveries of many lanes, each oldest first, without writing anything. A lane with a backlog asks twice, for what is due up to its
 * watermark and for what came after. What the holder has in its hands is still pending here: it
 * asks for that many more and leaves them out itself. What replays made is a line of its own, behind the live one; it is looked at only while
 * the lane is known to have some (`replays_until`), so a lane without pays nothing for it.
 *
 * The ids between which a delivery can be pending prune to the last days' partitions (without the upper bound a claim looks into every day made
 * ahead, which costs an eighth of it). The lower bound on next_at keeps the scan away from index entries of
 * settled rows that an old snapshot makes undeletable (300,000 of them: 170–200 ms a claim; with the bound 1.2 ms). The pool's settings keep
 * the planner from sorting (`hot-pool`).
 *
 * Lost: FOR UPDATE SKIP LOCKED. A lane has one holder, so row locks would be write load and nothing else.
 * Indexes: deliveries_pending_by_lane, deliveries_pending_replays.
 */
const CLAIM_DELIVERIES: Statement = {
  name: 'claim-deliveries',
  text: `
SELECT r.ord::int AS ord, e.version, (l.epoch = r.epoch) AS held, extract(epoch FROM now())::float8 * 1000 AS "databaseNow", ${CLAIMED}
FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::int[], $7::float8[], $8::float8[], $9::int[])
  WITH ORDINALITY AS r (endpoint_id, epoch, floor, lim, ceiling, replay_floor, replay_lim, ord)
JOIN lanes l ON l.endpoint_id = r.endpoint_id
JOIN endpoints e ON e.id = r.endpoint_id
LEFT JOIN LATERAL (
  (SELECT * FROM deliveries p
   WHERE p.endpoint_id = r.endpoint_id AND p.state = 'pending' AND p.trigger <> 'replay' AND p.id BETWEEN $5::uuid AND $6::uuid
     AND p.next_at >= coalesce(to_timestamp(r.floor / 1000), '-infinity') AND p.next_at <= least(now(), to_timestamp(r.ceiling / 1000))
     AND p.next_at <= p.deadline
   ORDER BY p.next_at, p.id
   LIMIT r.lim)
  UNION ALL
  (SELECT * FROM deliveries p
   WHERE l.replays_until > now() AND r.replay_lim > 0
     AND p.endpoint_id = r.endpoint_id AND p.state = 'pending' AND p.trigger = 'replay' AND p.id BETWEEN $5::uuid AND $6::uuid
     AND p.next_at >= coalesce(to_timestamp(r.replay_floor / 1000), '-infinity') AND p.next_at <= now()
     AND p.next_at <= p.deadline
   ORDER BY p.next_at, p.id
   LIMIT r.replay_lim)
) d ON true`,
};

/** Of lanes that may send nothing else. Index: deliveries_pending_tests. */
const CLAIM_TESTS: Statement = {
  name: 'claim-tests',
  text: `
SELECT r.ord::int AS ord, e.version, (l.epoch = r.epoch) AS held, extract(epoch FROM now())::float8 * 1000 AS "databaseNow", ${CLAIMED}
FROM unnest($1::uuid[], $2::bigint[], $3::int[]) WITH ORDINALITY AS r (endpoint_id, epoch, lim, ord)
JOIN lanes l ON l.endpoint_id = r.endpoint_id
JOIN endpoints e ON e.id = r.endpoint_id
LEFT JOIN LATERAL (
  SELECT * FROM deliveries p
  WHERE p.endpoint_id = r.endpoint_id AND p.state = 'pending' AND p.trigger = 'test' AND p.id BETWEEN $4::uuid AND $5::uuid
  LIMIT r.lim
) d ON true`,
};

type Row = Omit<ClaimAnswer, 'deliveries' | 'replays'> &
  Omit<ClaimedDelivery, 'id'> & { ord: number; id: string | null };

/** In the order of the requests; a lane or endpoint that does not exist has no answer. */
export async function claimDeliveries(
  database: Database,
  requests: readonly ClaimRequest[],
  ids: PendingIds,
): Promise<(ClaimAnswer | undefined)[]> {
  const answers = new Map<ClaimRequest, ClaimAnswer>();
  const usual = requests.filter((request) => !request.testsOnly);
  if (usual.length > 0) {
    const values = [
      ...lanesOf(usual),
      usual.map((request) => request.floor),
      limitsOf(usual),
      ids.oldest,
      ids.newest,
      usual.map((request) => request.ceiling),
      usual.map((request) => request.replays?.floor ?? null),
      usual.map((request) => request.replays?.limit ?? 0),
    ];
    collect(answers, usual, await database.run<Row>(CLAIM_DELIVERIES, values));
  }
  const tests = requests.filter((request) => request.testsOnly);
  if (tests.length > 0) {
    const values = [...lanesOf(tests), limitsOf(tests), ids.oldest, ids.newest];
    collect(answers, tests, await database.run<Row>(CLAIM_TESTS, values));
  }
  return requests.map((request) => answers.get(request));
}

const lanesOf = (requests: readonly ClaimRequest[]): unknown[] => [
  requests.map((request) => request.endpointId),
  requests.map((request) => request.epoch),
];
const limitsOf = (requests: readonly ClaimRequest[]): number[] => requests.map((request) => request.limit);

function collect(
  answers: Map<ClaimRequest, ClaimAnswer>,
  requests: readonly ClaimRequest[],
  rows: readonly Row[],
): void {
  for (const { ord, version, held, databaseNow, ...row } of rows) {
    const request = requests[ord - 1];
    if (request === undefined) continue;
    let answer = answers.get(request);
    if (!answer) answers.set(request, (answer = { version, held, databaseNow, deliveries: [], replays: [] }));
    if (row.id === null) continue;
    (row.trigger === 'replay' ? answer.replays : answer.deliveries).push(row as ClaimedDelivery);
  }
}
