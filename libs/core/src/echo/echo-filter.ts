import { KEPT_OF_HEADER, type ReceivedResponse } from '../attempt-result.js';
import { echoForms, SEED_LENGTH, type EchoForm } from './echo-forms.js';
import { hasLongWord, redactEchoes } from './redact-echoes.js';

/** Takes out of an endpoint's answers what we had sent it in confidence. Make it once per endpoint: its forms are found once. */
export class EchoFilter {
  readonly #secrets: readonly string[];
  #forms: { all: readonly EchoForm[]; short: readonly EchoForm[] } | null = null;

  /** @param secrets what stays the same from attempt to attempt: signing secrets, values of custom headers. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** @param signatures the `webhook-signature` of this attempt. */
  redact(response: ReceivedResponse, signatures: string): ReceivedResponse {
    const { body, contentType, location, retryAfter, truncated } = response;
    const clean = this.#cleaner(signatures);
    const text = body.toString('latin1');
    const cleanText = clean(text, truncated);
    const header = (value: string): string => clean(value, value.length === KEPT_OF_HEADER);
    return {
      ...response,
      contentType: contentType && header(contentType),
      location: location && header(location),
      retryAfter: retryAfter.map(header),
      body: cleanText === text ? body : Buffer.from(cleanText, 'latin1'),
    };
  }

  #cleaner(signatures: string): (text: string, cut: boolean) => string {
    let fresh: EchoForm[] | null = null;
    return (text, cut) => {
      if (text === '') return text;
      const { all, short } = (this.#forms ??= formsOf(this.#secrets));
      if (!cut && !hasLongWord(text)) return short.length === 0 ? text : redactEchoes(text, short, cut);
      fresh ??= signatures.split(' ').flatMap((signature) => echoForms(signature.slice(signature.indexOf(',') + 1)));
      return redactEchoes(text, [...all, ...fresh], cut);
    };
  }
}

function formsOf(secrets: readonly string[]): { all: readonly EchoForm[]; short: readonly EchoForm[] } {
  const all = secrets.flatMap(echoForms);
  return { all, short: all.filter(({ seed }) => seed.length < SEED_LENGTH) };
}
