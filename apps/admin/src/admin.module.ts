import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HealthController, Readiness } from '#http-kit';
import type { Database } from '#persistence';

/** The operators' app. So far it says only how it is. */
@Module({ controllers: [HealthController] })
export class AdminModule {
  static of(database: Database): DynamicModule {
    return { module: AdminModule, providers: [{ provide: Readiness, useValue: { check: () => database.ping() } }] };
  }
}
