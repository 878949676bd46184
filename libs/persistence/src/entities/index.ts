import { ApiKeyEntity } from './api-key.entity.js';
import { AttemptEntity } from './attempt.entity.js';
import { AuditEntity } from './audit.entity.js';
import { DeliveryEntity } from './delivery.entity.js';
import { EndpointEntity } from './endpoint.entity.js';
import { EndpointSecretEntity } from './endpoint-secret.entity.js';
import { EventEntity } from './event.entity.js';
import { EventTypeEntity } from './event-type.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { LaneEntity } from './lane.entity.js';
import { OperatorEntity } from './operator.entity.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { TenantEntity } from './tenant.entity.js';

/** Every table as rows, owners first. */
export const ENTITIES = [
  TenantEntity,
  ApiKeyEntity,
  OperatorEntity,
  SubscriberEntity,
  EventTypeEntity,
  EndpointEntity,
  EndpointSecretEntity,
  EventEntity,
  DeliveryEntity,
  AttemptEntity,
  IdempotencyKeyEntity,
  LaneEntity,
  AuditEntity,
];

export {
  ApiKeyEntity,
  AttemptEntity,
  AuditEntity,
  DeliveryEntity,
  EndpointEntity,
  EndpointSecretEntity,
  EventEntity,
  EventTypeEntity,
  IdempotencyKeyEntity,
  LaneEntity,
  OperatorEntity,
  SubscriberEntity,
  TenantEntity,
};
