import type { Report } from '#http-kit';

const LONGEST = 2_048;
/** Space and everything below it, and DEL. */
const LAST_CONTROL = 0x20;
const DEL = 0x7f;
/** Userinfo, an empty one (`https://@host`) too, which `URL` drops. */
const USERINFO = /^[a-z][a-z0-9+.-]*:[/\\]*[^/\\?#]*@/i;

/**
 * What can be said about an endpoint's URL from its text alone. Whether its address, port and scheme are allowed is the address guard's
 * question, asked when it is saved (`endpoints/judge-url.guard.ts`) and where a connection is opened.
 */
export function endpointUrl(value: unknown, report: Report): void {
  if (typeof value !== 'string') report('', 'invalid_type', 'must be a string');
  else if (value.length > LONGEST) report('', 'too_long', `must be at most ${LONGEST} characters`);
  else {
    const refusal = refuse(value);
    if (refusal !== null) report('', 'url_forbidden', refusal);
  }
}

/** Whether these rules have nothing against it. */
export function isEndpointUrl(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && refuse(value) === null;
}

function refuse(text: string): string | null {
  // Node's URL strips tabs and line ends without a word and trims the ends; a URL that changes while it is read is refused instead.
  if (hasControl(text)) return 'must not contain spaces, tabs, line ends or other control characters';
  if (!URL.canParse(text)) return 'must be an absolute URL with a valid host and port';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (USERINFO.test(text)) return 'must not carry a user name or password: use a header';
  if (text.includes('#')) return 'must not have a fragment';
  return url.port === '0' ? 'must not have port 0' : null;
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= LAST_CONTROL || code === DEL) return true;
  }
  return false;
}
