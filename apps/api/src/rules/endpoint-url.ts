import type { Report } from '#http-kit';

const LONGEST = 2_048;
// Node's URL strips tabs and line ends without a word and trims the ends; a URL that changes while it is read is refused instead.
const STRIPPED = /[\u0000-\u0020\u007f]/;
/** Userinfo, an empty one (`https://@host`) too, which `URL` drops. */
const USERINFO = /^[a-z][a-z0-9+.-]*:[/\\]*[^/\\?#]*@/i;

/**
 * What can be said about an endpoint's URL from its text alone. Whether its *address* may be called is the address guard's question, asked
 * where a connection is opened; the same guard will be asked here, at save time, once there is one.
 */
export function endpointUrl(value: unknown, report: Report): void {
  const refuse = (detail: string): void => {
    report('', 'url_forbidden', detail);
  };
  if (typeof value !== 'string') return report('', 'invalid_type', 'must be a string');
  if (value.length > LONGEST) return report('', 'too_long', `must be at most ${LONGEST} characters`);
  if (STRIPPED.test(value)) return refuse('must not contain spaces, tabs, line ends or other control characters');
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null) return refuse('must be an absolute URL with a valid host and port');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '' || USERINFO.test(value))
    return refuse('must not carry a user name or password: use a header');
  if (value.includes('#')) return refuse('must not have a fragment');
  if (url.port === '0') return refuse('must not have port 0');
}

/** Whether a tenant's https-only policy refuses a URL that passed the rules above. */
export function isPlainHttp(url: string): boolean {
  return new URL(url).protocol === 'http:';
}
