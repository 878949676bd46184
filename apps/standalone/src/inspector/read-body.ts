import type { IncomingMessage } from 'node:http';

/** Payloads end at 256 KiB; with room for the envelope. */
const MOST_BYTES = 1024 * 1024;

/** The whole body; null = too much, or the sender went away. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MOST_BYTES) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}
