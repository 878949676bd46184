import { invalidRequest, memberSlices, wholeValue } from '#http-kit';
import { payloadProblem } from './event-payload.js';

const NOTHING = Buffer.from('{}');

/** The bytes of `data` in a request to test an endpoint; an empty object when it has none. */
export function readTestPayload(body: Buffer | null): Buffer {
  if (body === null || body.length === 0) return NOTHING;
  const data = memberSlices(body, wholeValue(body))?.get('data');
  if (data === undefined) return NOTHING;
  const problem = payloadProblem(body, data, '/data');
  if (problem !== null) throw invalidRequest([problem]);
  return body.subarray(data.start, data.end);
}
