import type { DemoApi } from './demo-api.js';
import type { DemoEndpoint } from './demo-endpoints.js';

export interface DeliveryCounts {
  readonly delivered: number;
  readonly attempts: number;
}

interface Page {
  data: { eventId: string; state: string; attempts: number }[];
  nextCursor: string | null;
}

/** What Posthorn itself says about the events of this run at one endpoint. */
export async function countDeliveries(
  api: DemoApi,
  endpoint: DemoEndpoint,
  since: string,
  events: ReadonlyMap<string, string>,
): Promise<DeliveryCounts> {
  const counts = { delivered: 0, attempts: 0 };
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await api.call('GET', `/v1/deliveries?endpoint=${endpoint.id}&after=${since}&limit=250${from}`);
    for (const { state, attempts } of page.data.filter(({ eventId }) => events.has(eventId))) {
      if (state === 'delivered') counts.delivered += 1;
      counts.attempts += attempts;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return counts;
}
