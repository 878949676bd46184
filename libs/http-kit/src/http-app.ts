import type { Type } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseConnection } from './refuse-connection.js';
import { MIB, ProblemError } from '#core';
import { ANYBODY } from './allow.decorator.js';
import { acceptJsonBodies } from './json-body.js';
import { ProblemFilter } from './problem.filter.js';
import type { ProblemFilterOptions } from './problem.filter.js';
import { newRequestId } from './request-id.js';
import { RequestPipe } from './request-pipe.js';
import { RequestsUnderWay } from './requests-under-way.js';
import type { RequestLimits } from './requests-under-way.js';
import { RouteBook } from './route-book.js';

export interface HttpAppOptions extends ProblemFilterOptions {
  /** Decides whether the caller is one of those a route allows; throws `unauthenticated` or `forbidden`. Runs before the body is read. */
  authorize(request: FastifyRequest, allow: readonly string[]): Promise<void>;
  trustProxy: boolean;
  /** What may be under way at once; beyond it a request is refused with `overloaded`. */
  limits: RequestLimits;
}

export interface HttpApp {
  app: NestFastifyApplication;
  routes: RouteBook;
}

const DEFAULT_BODY_LIMIT = MIB;
/** Of a name in a path: an event type has up to 256 characters. Fastify's own limit of 100 would make some of ours unreachable. */
const LONGEST_NAME = 256;
const SLOWEST_REQUEST_MS = 30_000;
/** The routes of the documentation, which come from Swagger and carry no decision. */
const DOCUMENTATION = ['/docs', '/openapi.json'];

/** A Nest app on Fastify that answers every error as a problem, reads JSON strictly and knows who may call each route. Not yet listening. */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<HttpApp> {
  const filter = new ProblemFilter(options);
  const routes = new RouteBook();
  const underWay = new RequestsUnderWay(options.limits);
  const adapter = new FastifyAdapter({
    bodyLimit: DEFAULT_BODY_LIMIT,
    routerOptions: { maxParamLength: LONGEST_NAME },
    requestTimeout: SLOWEST_REQUEST_MS,
    trustProxy: options.trustProxy,
    genReqId: newRequestId,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      filter.answer(error, request, reply);
    },
  });
  const server = adapter.getInstance();
  routes.watch(server);
  acceptJsonBodies(server);
  server.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    if (request.is404) throw unknownRoute(routes, request, reply);
    const { allow } = request.routeOptions.config;
    // What everybody may ask is for those who look after the process, most of all when it is busy.
    if (allow === undefined || allow.includes(ANYBODY)) return;
    reply.raw.once('close', underWay.enter(bodyBytes(request)));
    await options.authorize(request, allow);
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new RequestPipe());
  return { app, routes };
}

/** Readies the app for requests. Throws when a route was left without a decision about who may call it. */
export async function readyHttpApp({ app, routes }: HttpApp): Promise<void> {
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const undecided = routes.undecided(DOCUMENTATION).map((route) => `${route.method} ${route.url}`);
  if (undecided.length > 0) throw new Error(`no @Allow on ${undecided.join(', ')}`);
}

function unknownRoute(routes: RouteBook, request: FastifyRequest, reply: FastifyReply): ProblemError {
  const [path = ''] = request.url.split('?');
  const methods = routes.methodsOf(path);
  if (methods.length === 0) return new ProblemError('not_found', { detail: 'there is no such route' });
  void reply.header('allow', methods.join(', '));
  return new ProblemError('method_not_allowed', { detail: `this route answers ${methods.join(', ')}` });
}

/** What the body may take, before it is read: what its sender says, else as much as the route accepts. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit;
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit);
}
