import type { ApiClient } from '../workload/api-client.js';
import type { ShownDelivery } from './evidence.js';

const PAGE = 250;

/** Every delivery of an endpoint, page by page; `state`: only those. */
export async function readDeliveries(
  api: ApiClient,
  endpointId: string,
  state: string | null = null,
): Promise<ShownDelivery[]> {
  const all: ShownDelivery[] = [];
  const query = `endpoint=${endpointId}&limit=${PAGE}${state === null ? '' : `&state=${state}`}`;
  for (let cursor: string | null = null, more = true; more;) {
    const page: { data: ShownDelivery[]; nextCursor: string | null } = await api.expect(
      200,
      'GET',
      `/v1/deliveries?${query}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { id, eventId, state, reason, nextAttemptAt, heldBy, attempts } of page.data)
      all.push({ id, eventId, state, reason, nextAttemptAt, heldBy, attempts });
    cursor = page.nextCursor;
    more = cursor !== null;
  }
  return all;
}
