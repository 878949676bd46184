/** A check answers when what it looks at works, and throws when it does not. */
export type Check = () => Promise<unknown> | undefined;

export interface HealthReport {
  ok: boolean;
  checks: Record<string, 'ok' | 'failed'>;
}

const CHECK_TIMEOUT_MS = 1_500;

/** What `/health/ready` looks at. A process that answers at all is live; it is ready while every check passes and it is not stopping. */
export class Health {
  private readonly checks = new Map<string, Check>();
  private stopping = false;

  add(name: string, check: Check): this {
    this.checks.set(name, check);
    return this;
  }

  /** From now on not ready: load balancers send no more. */
  stop(): void {
    this.stopping = true;
  }

  /** Answers within 2 s, whatever hangs. */
  async ready(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, (await passes(check)) ? 'ok' : 'failed'] as const),
    );
    const checks = Object.fromEntries(results);
    return { ok: !this.stopping && results.every(([, result]) => result === 'ok'), checks };
  }
}

async function passes(check: Check): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  const passed = Promise.resolve()
    .then(check)
    .then(
      () => true,
      () => false,
    );
  const result = await Promise.race([passed, tooLate]);
  clearTimeout(timer);
  return result;
}
