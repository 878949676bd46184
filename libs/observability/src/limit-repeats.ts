import type { Logger } from 'pino';

const REPEAT_AFTER_MS = 1_000;
/** Different messages remembered; the oldest is forgotten first. */
const REMEMBERED = 1_000;

type Severity = 'warn' | 'error';
type Line = (message: string, fields?: Record<string, unknown>) => void;

/** A logger that says the same thing at most once a second. */
export type RepeatLimitedLogger = Readonly<Record<Severity, Line>>;

/**
 * For what can happen thousands of times a second (a queue that is away, an endpoint that fails): the same message is written at most once
 * a second, with `leftOut` = how many were not. `fields` are those of the line that was written. `now` in ms, never jumping back.
 */
export function limitRepeats(logger: Logger, now: () => number = () => performance.now()): RepeatLimitedLogger {
  const seen = new Map<string, { at: number; leftOut: number }>();

  const line = (severity: Severity, message: string, fields: Record<string, unknown>): void => {
    const last = seen.get(message);
    if (last && now() - last.at < REPEAT_AFTER_MS) {
      last.leftOut += 1;
      return;
    }
    seen.delete(message); // written again at the end: the map is in the order of writing
    seen.set(message, { at: now(), leftOut: 0 });
    for (const oldest of seen.size > REMEMBERED ? seen.keys() : []) {
      seen.delete(oldest);
      break;
    }
    logger[severity](last?.leftOut ? { ...fields, leftOut: last.leftOut } : fields, message);
  };

  return {
    warn: (message, fields = {}) => {
      line('warn', message, fields);
    },
    error: (message, fields = {}) => {
      line('error', message, fields);
    },
  };
}
