import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, LogFn, Logger } from 'pino';
import { redact, redactText } from './redact.js';
import { RepeatLimit } from './repeat-limit.js';

export type { Logger };

const STDOUT = 1;
/** pino's numbers. What is fatal is said once anyhow. */
const WARN = 40;
const ERROR = 50;

/**
 * A logger of JSON lines with `app` = name. No secret, key, token, signature or password in a URL passes it. Lines are written at once:
 * what a process said last is there when it is killed. The same warning or error is written once a second (see `RepeatLimit`).
 */
export function createLogger(
  config: { readonly log: { readonly level: string } },
  name: string,
  stream: DestinationStream = destination({ dest: STDOUT, sync: true }),
  now: () => number = () => performance.now(),
): Logger {
  const repeats = new RepeatLimit(now);
  const writers = new Map<number, LogFn>();
  return pino(
    {
      level: config.log.level,
      base: { app: name, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      serializers: { err: redact },
      hooks: {
        logMethod(args, method, level) {
          const cleaned = args.map((argument) => (typeof argument === 'string' ? redactText(argument) : argument));
          const allowed = level < WARN || level > ERROR || repeats.allows(level, ...subjectOf(cleaned));
          writers.set(level, method);
          for (const leftOut of repeats.takeLeftOut())
            writers.get(leftOut.level)?.call(this, { leftOut: leftOut.count }, leftOut.message);
          if (allowed) method.apply(this, cleaned as typeof args);
        },
      },
    },
    stream,
  );
}

/** What a line says, and of an error in it what that says. */
function subjectOf(args: readonly unknown[]): [message: string, cause: string] {
  const [first] = args;
  const message = args.find((argument) => typeof argument === 'string') ?? '';
  const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err;
  return [message, error instanceof Error ? error.message : ''];
}
