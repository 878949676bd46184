import { DEFAULT_RETRY_POLICY } from '#core';
import type { EndpointEntity } from '#persistence';
import type { EndpointFieldsBody } from './dto/endpoint-fields.dto.js';
import { mergeMetadata } from '../rules/metadata.js';

/** The columns of an endpoint that a request decides, headers aside. */
export type EndpointDraft = Pick<
  EndpointEntity,
  | 'url'
  | 'description'
  | 'eventTypes'
  | 'matchKeys'
  | 'payload'
  | 'ordering'
  | 'signature'
  | 'concurrency'
  | 'ratePerSecond'
  | 'timeoutMs'
  | 'retryInitialDelaySeconds'
  | 'retryFactor'
  | 'retryMaxDelaySeconds'
  | 'giveUpAfterSeconds'
  | 'metadata'
>;

/** What stands where a request says nothing, or null. */
export const ENDPOINT_DEFAULTS: Omit<EndpointDraft, 'url'> = {
  description: null,
  eventTypes: null,
  matchKeys: ['*'],
  payload: 'full',
  ordering: 'none',
  signature: 'v1',
  concurrency: 10,
  ratePerSecond: null,
  timeoutMs: 15_000,
  retryInitialDelaySeconds: DEFAULT_RETRY_POLICY.initialDelaySeconds,
  retryFactor: DEFAULT_RETRY_POLICY.factor,
  retryMaxDelaySeconds: DEFAULT_RETRY_POLICY.maxDelaySeconds,
  giveUpAfterSeconds: DEFAULT_RETRY_POLICY.giveUpAfterSeconds,
  metadata: {},
};

/** The endpoint after a request: absent keeps `current`, null takes the default. To create or replace, `current` is the defaults. */
export function draftEndpoint(body: EndpointFieldsBody, current: EndpointDraft): EndpointDraft {
  const defaults = ENDPOINT_DEFAULTS;
  const eventTypes = pick(body.eventTypes, current.eventTypes, null);
  const known = eventTypes === null ? null : [...new Set(eventTypes)];
  return {
    url: body.url ?? current.url,
    description: pick(body.description, current.description, null),
    eventTypes: known,
    matchKeys: known ?? ['*'],
    payload: pick(body.payload, current.payload, defaults.payload),
    ordering: pick(body.ordering, current.ordering, defaults.ordering),
    signature: pick(body.signature, current.signature, defaults.signature),
    concurrency: pick(body.concurrency, current.concurrency, defaults.concurrency),
    ratePerSecond: body.rateLimit === undefined ? current.ratePerSecond : (body.rateLimit?.perSecond ?? null),
    timeoutMs: pick(body.timeoutMs, current.timeoutMs, defaults.timeoutMs),
    ...draftRetryPolicy(body.retryPolicy, body.retryPolicy === null ? { ...current, ...defaults } : current),
    metadata: mergeMetadata(current.metadata, body.metadata),
  };
}

function draftRetryPolicy(policy: EndpointFieldsBody['retryPolicy'], current: EndpointDraft) {
  const defaults = ENDPOINT_DEFAULTS;
  return {
    retryInitialDelaySeconds: pick(
      policy?.initialDelaySeconds,
      current.retryInitialDelaySeconds,
      defaults.retryInitialDelaySeconds,
    ),
    retryFactor: pick(policy?.factor, current.retryFactor, defaults.retryFactor),
    retryMaxDelaySeconds: pick(policy?.maxDelaySeconds, current.retryMaxDelaySeconds, defaults.retryMaxDelaySeconds),
    giveUpAfterSeconds: pick(policy?.giveUpAfterSeconds, current.giveUpAfterSeconds, defaults.giveUpAfterSeconds),
  };
}

function pick<Value>(given: Value | null | undefined, current: Value, standard: Value): Value {
  if (given === undefined) return current;
  return given ?? standard;
}
