import type { DemoApi } from './demo-api.js';

/** An endpoint of the demo on the inspector. */
export interface DemoEndpoint {
  readonly label: string;
  readonly id: string;
  /** What the inspector knows it as. */
  readonly inbox: string;
  /** The secret at the start; a rotation adds one. */
  readonly secrets: string[];
}

export const DEMO_SUBSCRIBER = 'demo';

const KINDS = [
  { uid: 'healthy', label: 'healthy', query: '' },
  { uid: 'flaky', label: 'fails twice', query: '?status=503&times=2' },
  { uid: 'rotating', label: 'secret rotated', query: '' },
] as const;

const RETRY_SOON = { initialDelaySeconds: 1, factor: 2, maxDelaySeconds: 5, giveUpAfterSeconds: 300 };

/** The three endpoints, each with an inbox of this run's own. */
export async function setUpEndpoints(api: DemoApi, inspectorUrl: string, run: string): Promise<DemoEndpoint[]> {
  await api.call('PUT', `/v1/subscribers/${DEMO_SUBSCRIBER}`, JSON.stringify({ name: 'Demo' }));
  return Promise.all(
    KINDS.map(async ({ uid, label, query }) => {
      const inbox = `demo-${uid}-${run}`;
      const fields = { url: `${inspectorUrl}/in/${inbox}${query}`, retryPolicy: RETRY_SOON };
      const path = `/v1/subscribers/${DEMO_SUBSCRIBER}/endpoints/${uid}`;
      const { id } = await api.call<{ id: string }>('PUT', path, JSON.stringify(fields));
      const { secret } = await api.call<{ secret: string }>('GET', `/v1/endpoints/${id}/secret`);
      return { label, id, inbox, secrets: [secret] };
    }),
  );
}

/** A second secret beside the first: from now on both sign. */
export async function rotateSecret(api: DemoApi, endpoint: DemoEndpoint): Promise<void> {
  const { secret } = await api.call<{ secret: string }>('POST', `/v1/endpoints/${endpoint.id}/secret/rotate`, '{}');
  endpoint.secrets.push(secret);
}
