import { createRequire } from 'node:module';

/** A real payload with the type it is published as. */
export interface Example {
  readonly type: string;
  /** RFC 3339 with milliseconds: told apart and in order. */
  readonly timestamp: string;
  /** The JSON text that is published as `data`. */
  readonly data: string;
}

interface Webhook {
  name: string;
  examples: { action?: unknown }[];
}

/** Every payload of the package `@octokit/webhooks-examples`, typed `github.<event>` or `github.<event>.<action>`. */
export function readExamples(startMs: number): Example[] {
  const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as Webhook[];
  return webhooks
    .flatMap(({ name, examples }) => examples.map((payload) => ({ type: typeOf(name, payload.action), payload })))
    .map(({ type, payload }, index) => ({
      type,
      timestamp: new Date(startMs + index).toISOString(),
      data: JSON.stringify(payload),
    }));
}

function typeOf(name: string, action: unknown): string {
  return typeof action === 'string' ? `github.${name}.${action}` : `github.${name}`;
}

/** The body a receiver must get, byte for byte. */
export function expectedBody({ type, timestamp, data }: Example): string {
  return `{"type":"${type}","timestamp":"${timestamp}","data":${data}}`;
}
