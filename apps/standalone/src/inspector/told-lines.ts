import type { Received } from './inbox.js';

const LINES_PER_SECOND = 5;
const SECOND_MS = 1_000;

/** A line in the terminal for each webhook, a few a second: a person sees that something came, and a load test stays quiet. */
export function tellBriefly(say: (line: string) => void, now: () => number = () => performance.now()) {
  let since = -Infinity;
  let said = 0;
  return (received: Received): void => {
    if (now() - since >= SECOND_MS) {
      since = now();
      said = 0;
    }
    said += 1;
    if (said <= LINES_PER_SECOND) say(line(received));
    else if (said === LINES_PER_SECOND + 1) say('… and more');
  };
}

function line({ name, attempt, signatureValid, answered, body }: Received): string {
  const signature = signatureValid === null ? 'unknown' : signatureValid ? 'valid' : 'NOT valid';
  const number = attempt === null ? '' : `attempt ${String(attempt)}, `;
  return `received at /in/${name}: ${number}${String(body.length)} bytes, signature ${signature}, answered ${String(answered)}`;
}
