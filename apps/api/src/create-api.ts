import type { OpenAPIObject } from '@nestjs/swagger';
import type { Logger } from '#observability';
import { createHttpApp, readyHttpApp } from '#http-kit';
import type { HttpApp, RequestLimits } from '#http-kit';
import { findKey, isDatabaseAway, recordKeyUse } from '#persistence';
import { ApiModule } from './api.module.js';
import type { ApiParts } from './api.module.js';
import { Authorizer } from './auth/authorize.js';
import { KeyCache } from './auth/key-cache.js';
import { serveOpenApi } from './openapi/document.js';

export interface ApiOptions extends ApiParts {
  logger: Logger;
  trustProxy: boolean;
  requestLimits: RequestLimits;
  version: string;
}

export type Api = HttpApp & { document: OpenAPIObject };

/** The API, ready for requests and not yet listening. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { database, logger } = options;
  const keys = new KeyCache(
    { find: (hash) => findKey(database, hash), recordUse: (id) => recordKeyUse(database, id) },
    options.clock,
  );
  const authorizer = new Authorizer(keys);
  const http = await createHttpApp(ApiModule.of(options), {
    authorize: (request, allow) => authorizer.authorize(request, allow),
    isUnavailable: isDatabaseAway,
    onFault: (err, request) => {
      logger.error({ err, requestId: request.id, route: request.routeOptions.url }, 'a request failed by our fault');
    },
    trustProxy: options.trustProxy,
    limits: options.requestLimits,
  });
  const document = serveOpenApi(http.app, options.version);
  await readyHttpApp(http);
  return { ...http, document };
}
