import type { Socket } from 'node:net';
import type { ConnectFailure, ProxyFailure } from './connect-failure.js';

/** How long each step took, in ms; null while it has not ended, or when there was none. Through a proxy, `connectMs` holds its part too. */
export interface ConnectTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
}

/** Called once: the socket to use, or why there is none. */
export type ConnectCallback = (
  ...result: [error: null, socket: Socket] | [error: ConnectFailure | ProxyFailure, socket: null]
) => void;
