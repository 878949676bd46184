/** Names that mean something else on each network, and nothing in the public DNS (RFC 6761, 6762, 8375, ICANN's `internal`, and custom). */
const INTERNAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'localdomain',
  'home.arpa',
  'lan',
  'home',
  'corp',
  'intranet',
  'private',
  'onion',
].map((suffix) => `.${suffix}`);

const LOOPBACK = ['127.0.0.1', '::1'];

/** A host name as names are compared: lower case, without the dot of the root, or several: `URL` lets them pass, and they must hide nothing. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.+$/, '');
}

/** The host of a URL without what IPv6 addresses have around them there. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

/** `localhost` and everything under it, which is this machine whatever a name server says (RFC 6761, section 6.3). */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The answers that need no name server; null = ask one. */
export function knownAnswers(name: string): readonly string[] | null {
  return isLoopbackName(name) ? LOOPBACK : null;
}

/** A name of some network's own: a single label, or under a suffix that the public DNS does not have. */
export function isInternalName(name: string): boolean {
  return !name.includes('.') || INTERNAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}
