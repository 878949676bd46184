import 'reflect-metadata';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

/** The answer to "who may call this?" for what everybody may. */
export const ANYBODY = 'anybody';

/** Every route says who may call it; the app refuses to start when one does not. */
export function Allow(...roles: readonly string[]): MethodDecorator {
  return withRouteConfig({ allow: roles });
}

/** Largest body the route takes, in bytes. */
export function BodyLimit(bytes: number): MethodDecorator {
  return withRouteConfig({ bodyLimit: bytes });
}

// Fastify's own route config, so that the decision is made in its first hook, before a body is read.
const ROUTE_CONFIG = '__fastify_route_config__';

function withRouteConfig(part: FastifyContextConfig): MethodDecorator {
  return (target, property, descriptor) => {
    const others = (Reflect.getMetadata(ROUTE_CONFIG, descriptor.value as object) ?? {}) as FastifyContextConfig;
    RouteConfig({ ...others, ...part })(target, property, descriptor);
  };
}
