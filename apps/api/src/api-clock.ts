import type { Clock } from '#core';

/** The clock as something Nest can inject: core's is an interface. */
export abstract class ApiClock implements Clock {
  abstract now(): number;
  abstract monotonic(): number;
}
