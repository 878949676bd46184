/** A webhook as the inspector's stream tells it. */
export interface SeenWebhook {
  readonly headers: Record<string, string>;
  readonly bodyBase64: string;
  readonly answered: number;
}

/** Follows the inspector's stream of one name until it is stopped. Throws when the inspector is not there. */
export async function watchInbox(
  inspectorUrl: string,
  inbox: string,
  onWebhook: (webhook: SeenWebhook) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${inspectorUrl}/api/in/${inbox}/live`, { signal });
  if (!response.ok || !response.body) throw new Error(`The inspector answered ${String(response.status)}.`);
  void follow(response.body, onWebhook).catch(() => undefined); // it ends by `signal`; what is missing is noticed
}

async function follow(body: ReadableStream<Uint8Array>, onWebhook: (webhook: SeenWebhook) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) onWebhook(JSON.parse(line.slice('data: '.length)) as SeenWebhook);
    }
  }
}
