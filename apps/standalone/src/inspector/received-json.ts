import type { Received } from './inbox.js';

/** A webhook as the page, the demo and tests read it: the body as text for people and as base64 for comparing bytes. */
export function receivedJson(received: Received): object {
  const { body, ...rest } = received;
  return { ...rest, body: body.toString('utf8'), bodyBase64: body.toString('base64') };
}
