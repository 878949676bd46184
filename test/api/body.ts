/**
 * What an answer's body may hold, all shapes together, so that tests can reach into it by name. That a member is there is for the test to
 * say: each is typed as if it were.
 */
export interface Body {
  id: string;
  uid: string | null;
  name: string;
  key: string;
  role: string;
  url: string;
  subscriberId: string;
  endpointId: string;
  eventId: string;
  deliveryId: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
  timestamp: string;
  state: string;
  stateReason: string | null;
  stateSince: string;
  reason: string | null;
  heldBy: string | null;
  nextAttemptAt: string | null;
  broadcast: boolean;
  concurrency: number;
  description: string | null;
  schema: unknown;
  headers: Record<string, string>;
  metadata: Record<string, unknown>;
  idempotencyKey: string | null;
  deliveries: number;
  deliveryStates: Record<string, number>;
  number: number;
  lastAttempt: object;
  request: object;
  response: { body: string };
  body: unknown;
  secret: string;
  publicKey: string;
  signature: string;
  previous: { expiresAt: string }[];
  data: Body[];
  nextCursor: string | null;
  // of a problem
  status: number;
  code: string;
  detail: string | null;
  requestId: string;
  errors: { pointer: string; code: string; detail: string }[];
  openapi: string;
}
