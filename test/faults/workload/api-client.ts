import type { Stack } from '../stack/stack.js';

/** An answer of the API, or what became of the connection. */
export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly body: unknown;
  readonly how: string;
}

const PATIENCE_MS = 6_000;

/** A client of the API as a producer has one: it does not know which process answers it. */
export class ApiClient {
  private turn = 0;

  constructor(
    private readonly stack: Stack,
    /** False: straight to the processes, past what can be cut. */
    private readonly throughLines: boolean,
  ) {}

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.nextPort()}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.stack.apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text), how: String(response.status) };
    } catch (error) {
      return { status: 0, body: {}, how: error instanceof Error ? error.name : String(error) };
    }
  }

  /** Throws at any other status, with the answer. */
  async expect<Body>(status: number, method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.call(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.how} instead of ${status}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  }

  private nextPort(): number {
    const apis = this.stack.of('api');
    const member = apis[this.turn++ % apis.length];
    if (!member) throw new Error('There is no API');
    return this.throughLines ? member.front.port : member.app.port;
  }
}
