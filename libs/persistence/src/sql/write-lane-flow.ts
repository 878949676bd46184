import type { Runner, Statement } from '../database.js';
import { flowColumns } from './lane-flow.js';
import type { LaneFlow } from './lane-flow.js';

export interface LaneFlowToWrite {
  endpointId: string;
  epoch: number;
  flow: LaneFlow;
}

export interface LaneFlowWritten {
  endpointId: string;
  /** Its breaker was open before this. */
  wasOpen: boolean;
}

/**
 * Keeps what an attempt changed in a lane's flow control (a pause, the breaker), by the current epoch only, together with the settlement of
 * that attempt. Says what was there before, so that only a real transition makes a notice. Rows in the order given: sort by endpoint.
 * Index: primary key.
 */
const WRITE_LANE_FLOW: Statement = {
  name: 'write-lane-flow',
  text: `
WITH before AS MATERIALIZED (
  SELECT l.endpoint_id, coalesce(l.flow -> 'breaker' -> 'closedAt' = 'null'::jsonb, false) AS was_open, r.at, r.flow, r.paused_until, r.pause_reason
  FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::jsonb[], $5::float8[], $6::text[])
    AS r (endpoint_id, epoch, at, flow, paused_until, pause_reason)
  JOIN lanes l ON l.endpoint_id = r.endpoint_id AND l.epoch = r.epoch
  FOR NO KEY UPDATE OF l
),
written AS (
  UPDATE lanes l SET flow = b.flow, paused_until = to_timestamp(b.paused_until / 1000), pause_reason = b.pause_reason
  FROM before b WHERE l.endpoint_id = b.endpoint_id AND b.at >= coalesce((l.flow ->> 'at')::float8, 0)
)
SELECT endpoint_id AS "endpointId", was_open AS "wasOpen" FROM before`,
};

/** Lanes of another epoch have no answer: nothing was written. */
export async function writeLaneFlow(runner: Runner, lanes: readonly LaneFlowToWrite[]): Promise<LaneFlowWritten[]> {
  return runner.run<LaneFlowWritten>(WRITE_LANE_FLOW, [
    lanes.map((lane) => lane.endpointId),
    lanes.map((lane) => lane.epoch),
    ...flowColumns(lanes.map((lane) => lane.flow)),
  ]);
}
