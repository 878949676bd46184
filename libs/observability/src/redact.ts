const SECRET_NAME = /authorization|secret|token|password|cookie|signature|^keys?$|[a-z]Keys?$|[-_]keys?$/i;
const HIDDEN = '[hidden]';
/** `scheme://user:password@`, wherever it stands in a text. */
const PASSWORD_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]+@/gi;
const SIGNING_SECRET_OR_KEY = /\b(whsec_|whsk_|phk_)[A-Za-z0-9+/=_-]+/g;
const DEEPEST = 6;

/** A text without the passwords, keys and signing secrets that stand in it. */
export function redactText(text: string): string {
  return text.replace(PASSWORD_IN_URL, `$1:${HIDDEN}@`).replace(SIGNING_SECRET_OR_KEY, `$1${HIDDEN}`);
}

/** A copy that may be logged: members that are named like a secret are hidden, texts are cleaned, bytes become their count. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Uint8Array) return `[${String(value.length)} bytes]`;
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const members = Object.entries(value).map(([name, member]) => [
    name,
    SECRET_NAME.test(name) && member !== null ? HIDDEN : redact(member, depth + 1),
  ]);
  return Object.fromEntries(members);
}

function redactError(error: Error, depth: number): unknown {
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...('code' in error ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
