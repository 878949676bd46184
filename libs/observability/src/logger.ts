import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { redact, redactText } from './redact.js';

export type { Logger };

const STDOUT = 1;

/**
 * A logger of JSON lines with `app` = name. No secret, key, token, signature or password in a URL passes it. Lines are written at once:
 * what a process said last is there when it is killed.
 */
export function createLogger(
  config: { readonly log: { readonly level: string } },
  name: string,
  stream: DestinationStream = destination({ dest: STDOUT, sync: true }),
): Logger {
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
        logMethod(args, method) {
          const cleaned = args.map((argument) => (typeof argument === 'string' ? redactText(argument) : argument));
          method.apply(this, cleaned as typeof args);
        },
      },
    },
    stream,
  );
}
