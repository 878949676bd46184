import type { DevFile } from '../dev-file.js';

const TIMEOUT_MS = 15_000;

/** Posthorn's API with the tenant's key. `body` is JSON text, sent as it is. Throws what the API says is wrong. */
export class DemoApi {
  constructor(private readonly dev: DevFile) {}

  async call<Answer>(method: 'GET' | 'POST' | 'PUT', path: string, body?: string): Promise<Answer> {
    const response = await fetch(`${this.dev.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.dev.tenantKey}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${String(response.status)}: ${text}`);
    return JSON.parse(text) as Answer;
  }
}
