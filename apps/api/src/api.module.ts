import { Module } from '@nestjs/common';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { CancelDelivery, PublishEvents, ResendDelivery, TestEndpoint } from '#delivery';
import { AddressGuard } from '#egress';
import { HealthController, Readiness } from '#http-kit';
import { LaneWaker } from '#lanes';
import {
  AuditRepository,
  Database,
  EndpointSecretsRepository,
  EndpointsRepository,
  EventTypesRepository,
  IdempotencyKeysRepository,
  KeysRepository,
  SubscribersRepository,
  TenantsRepository,
} from '#persistence';
import { SecretBox } from '#signing';
import { ApiClock } from './api-clock.js';
import { ApiLimits } from './api-limits.js';
import { AuditTrail } from './audit-trail.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { CancelPending } from './endpoints/cancel-pending.js';
import { EndpointActionsController } from './endpoints/endpoint-actions.controller.js';
import { EndpointHealthController } from './endpoints/endpoint-health.controller.js';
import { EndpointHealthService } from './endpoints/endpoint-health.service.js';
import { EndpointHeaders } from './endpoints/endpoint-headers.js';
import { EndpointStateService } from './endpoints/endpoint-state.service.js';
import { EndpointsController } from './endpoints/endpoints.controller.js';
import { EndpointsService } from './endpoints/endpoints.service.js';
import { FindEndpoint } from './endpoints/find-endpoint.js';
import { LaneRules } from './endpoints/lane-rules.js';
import { SecretKeeper } from './endpoints/secret-keeper.js';
import { SubscriberEndpointsController } from './endpoints/subscriber-endpoints.controller.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { EventTypesService } from './event-types/event-types.service.js';
import { EventsController } from './events/events.controller.js';
import { EventsService } from './events/events.service.js';
import { PublishController } from './events/publish.controller.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { KeysController } from './keys/keys.controller.js';
import { KeysService } from './keys/keys.service.js';
import { TokensController } from './keys/tokens.controller.js';
import { FindSubscriber } from './subscribers/find-subscriber.js';
import { SubscribersController } from './subscribers/subscribers.controller.js';
import { SubscribersService } from './subscribers/subscribers.service.js';
import { Transactions } from './transactions.js';

/** What the api is made of and does not make itself. */
export interface ApiParts {
  database: Database;
  box: SecretBox;
  waker: LaneWaker;
  publishEvents: PublishEvents;
  clock: ApiClock;
  guard: AddressGuard;
  limits: ApiLimits;
  laneRules: LaneRules;
}

const REPOSITORIES: readonly Type[] = [
  AuditRepository,
  EndpointSecretsRepository,
  EndpointsRepository,
  EventTypesRepository,
  IdempotencyKeysRepository,
  KeysRepository,
  SubscribersRepository,
  TenantsRepository,
];

@Module({
  controllers: [
    SubscribersController,
    TokensController,
    SubscriberEndpointsController,
    EndpointsController,
    EndpointActionsController,
    EndpointHealthController,
    EventTypesController,
    PublishController,
    EventsController,
    DeliveriesController,
    KeysController,
    HealthController,
  ],
  providers: [
    AuditTrail,
    CancelPending,
    DeliveriesService,
    EndpointHeaders,
    EndpointHealthService,
    EndpointStateService,
    EndpointsService,
    EventTypesService,
    EventsService,
    FindEndpoint,
    FindSubscriber,
    IdempotencyInterceptor,
    KeysService,
    SecretKeeper,
    SubscribersService,
    Transactions,
  ],
})
export class ApiModule {
  static of(parts: ApiParts): DynamicModule {
    const { database, box, waker, publishEvents, clock, guard, limits, laneRules } = parts;
    const given: [Type | (abstract new () => unknown), unknown][] = [
      [Database as unknown as Type, database],
      [SecretBox, box],
      [LaneWaker as unknown as Type, waker],
      [PublishEvents, publishEvents],
      [ApiClock, clock],
      [AddressGuard, guard],
      [ApiLimits, limits],
      [LaneRules, laneRules],
      [Readiness, { check: () => database.ping() }],
    ];
    const repositories = REPOSITORIES.map((repository) => ({
      provide: repository,
      useValue: new repository(database) as unknown,
    }));
    return {
      module: ApiModule,
      providers: [
        ...given.map(([provide, useValue]): Provider => ({ provide, useValue })),
        ...repositories,
        ...waking(parts),
      ],
    };
  }
}

/** What a request makes to be delivered, or sets free, wakes its lane when the request's transaction has committed. */
function waking({ database, waker }: ApiParts): Provider[] {
  const wakeBehind = (transactions: Transactions) => (endpointIds: string[]) => {
    transactions.afterCommit(() => {
      waker.wake(endpointIds);
    });
  };
  return [ResendDelivery, CancelDelivery, TestEndpoint].map((step) => ({
    provide: step,
    inject: [Transactions],
    useFactory: (transactions: Transactions) => new step(database, wakeBehind(transactions)),
  }));
}
