import { createHash } from 'node:crypto';

/** An event as a producer publishes it; its syntax has been checked. */
export interface NewEvent {
  recipient: { kind: 'subscriber'; idOrUid: string } | { kind: 'broadcast' };
  type: string;
  /** Milliseconds: when it happened, if the producer says so. */
  timestamp: number | null;
  /** The JSON text exactly as it came. */
  payload: Buffer;
  /** `data` travels in the envelope, `body` as it is. */
  payloadKind: 'data' | 'body';
  idempotencyKey: string | null;
  /** Where in the request it stood: '' for a single event, '/events/17' in a batch. */
  pointer: string;
}

export interface PublishedEvent {
  /** Bare uuid. */
  id: string;
  /** How many deliveries were made. */
  deliveries: number;
  /** True: this is the answer of an earlier publish with the same idempotency key. */
  replayed: boolean;
}

/** What must be the same when an idempotency key comes again: recipient, type, timestamp if sent, payload bytes. */
export function fingerprint(event: NewEvent): Buffer {
  const { recipient } = event;
  const head = [
    recipient.kind,
    recipient.kind === 'subscriber' ? recipient.idOrUid : null,
    event.type,
    event.timestamp,
    event.payloadKind,
  ];
  return createHash('sha256').update(JSON.stringify(head)).update(event.payload).digest();
}
