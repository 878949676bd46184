import type { FastifyInstance, RouteOptions } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; see `Allow`. */
    allow?: readonly string[];
    /** Largest request body in bytes, where it is not the default. */
    bodyLimit?: number;
  }
}

export interface BookedRoute {
  method: string;
  /** Fastify's pattern, `/v1/endpoints/:id`. */
  url: string;
  /** Undefined: nobody has decided yet. */
  allow: readonly string[] | undefined;
}

/** The router's own list of routes: for the role table, for 405, and to refuse to start with a route nobody decided about. */
export class RouteBook {
  readonly routes: BookedRoute[] = [];

  /** Must be called before the first route is added. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', (route: RouteOptions) => {
      const { allow, bodyLimit } = route.config ?? {};
      if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
      for (const method of [route.method].flat()) this.routes.push({ method, url: route.url, allow });
    });
  }

  /** Routes without a decision, the documentation's own aside. */
  undecided(exempt: readonly string[]): BookedRoute[] {
    return this.routes.filter(
      (route) => route.allow === undefined && !exempt.some((prefix) => route.url.startsWith(prefix)),
    );
  }

  /** Methods under which a path is known; empty when it is not known at all. */
  methodsOf(path: string): string[] {
    return [...new Set(this.routes.filter((route) => matches(route.url, path)).map((route) => route.method))].sort();
  }
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((segment, i) => (segment.startsWith(':') ? given[i] !== '' : segment === given[i]))
  );
}
