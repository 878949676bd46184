import type { Socket } from 'node:net';
import type { ConnectError } from './connect-failure.js';

/** How long each step took, in ms; null while it has not ended, or when there was none. Through a proxy, `connectMs` holds its part too. */
export interface ConnectTimings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
}

/** Of a receiver's addresses those that may be connected to now; none: no connection is opened. */
export type Admit = (addresses: readonly string[]) => readonly string[];

/** Called once: the socket to use and the receiver's address, or why there is none. */
export type ConnectCallback = (
  ...result: [error: null, socket: Socket, address: string] | [error: ConnectError]
) => void;
