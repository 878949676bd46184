import { Pool } from 'undici';
import { PAYLOAD_BYTES } from './scenarios.js';
import type { Scenario } from './scenarios.js';

/** Where and as whom to publish. */
export interface Producer {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Subscribers in turn, one event each. */
  readonly uids: readonly string[];
}

const TYPE = 'order.placed';

/** The `data` of every event. */
export const PAYLOAD = payloadOf(PAYLOAD_BYTES);

/** A producer that publishes as fast as it is answered. Resolves when everything was accepted; throws at the first answer that is not 202. */
export async function publishEvents(scenario: Scenario, producer: Producer): Promise<void> {
  const pool = new Pool(producer.apiUrl, { connections: scenario.publishers, pipelining: 1 });
  const size = scenario.batch ?? 1;
  let next = 0;
  const publish = async (): Promise<void> => {
    while (next < scenario.events) {
      const from = next;
      next += size;
      const events = someEvents(producer.uids, from, Math.min(size, scenario.events - from));
      const request =
        scenario.batch === null
          ? { path: '/v1/events', body: events.join('') }
          : { path: '/v1/events/batch', body: `{"events":[${events.join(',')}]}` };
      await post(pool, producer.apiKey, request);
    }
  };
  try {
    await Promise.all(Array.from({ length: scenario.publishers }, publish));
  } finally {
    await pool.destroy();
  }
}

async function post(pool: Pool, apiKey: string, { path, body }: { path: string; body: string }): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await pool.request({ method: 'POST', path, headers, body });
  if (response.statusCode === 202) {
    await response.body.dump();
    return;
  }
  throw new Error(`Publishing was answered with ${String(response.statusCode)}: ${await response.body.text()}`);
}

function someEvents(uids: readonly string[], from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const uid = uids[(from + n) % uids.length] ?? '';
    return `{"subscriber":"${uid}","type":"${TYPE}","data":${PAYLOAD}}`;
  });
}

function payloadOf(bytes: number): string {
  const around = '{"orderId":12345,"note":""}';
  return `${around.slice(0, -2)}${'x'.repeat(bytes - around.length)}"}`;
}
