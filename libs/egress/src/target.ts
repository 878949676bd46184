/** Where an endpoint's requests go. */
export interface Target {
  readonly url: string;
  readonly origin: string;
  readonly path: string;
}

/** Throws on anything but an http or https URL: what is stored was checked when it was saved. */
export function parseTarget(url: string): Target {
  const { protocol, origin, pathname, search } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`not an http or https URL: ${protocol}`);
  return { url, origin, path: pathname + search };
}
