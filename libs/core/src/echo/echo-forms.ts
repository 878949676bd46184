/** A text in which a secret may come back, and how much of it must be there to know it again. */
export interface EchoForm {
  readonly text: string;
  /** Its beginning: shorter than the whole, because receivers that print a secret often shorten it. */
  readonly seed: string;
}

/** A shorter value says nothing, and would take words apart in which it stands by chance. */
const SHORTEST_SECRET = 6;
/** Of a longer form, so many characters are enough: nobody writes 20 characters of a secret by chance. `application/json` has 16. */
export const SEED_LENGTH = 20;
/** Headers that carry no secret, and whose values stand in many an answer: `application/json`. */
const PUBLIC_HEADERS = /^(accept(-.+)?|cache-control|content-language|origin|pragma|referer)$/;
/** Of base64 after 0, 1 or 2 bytes that are not the secret's: the leading characters that these have a part in. */
const FOREIGN_CHARACTERS = [0, 2, 3];
const BASE64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/** The parts of a header's value that are secret by themselves: with and without the scheme, and the password of `Basic`. */
export function secretsOfHeader(name: string, value: string): string[] {
  if (PUBLIC_HEADERS.test(name)) return [];
  const withoutScheme = value.replace(/^[A-Za-z]+\s+/, '');
  const parts = withoutScheme.split(/[\s,;"]+/).flatMap((word) => {
    const [, given = ''] = /^[\w-]+=(.*[^=].*)$/.exec(word) ?? [];
    return given === '' ? [word] : [word, given];
  });
  const [, credentials] = /^basic\s+(\S+)/i.exec(value) ?? [];
  const plain = credentials === undefined ? '' : Buffer.from(credentials, 'base64').toString('latin1');
  const all = [value, withoutScheme, ...parts, plain, plain.slice(plain.indexOf(':') + 1)];
  return [...new Set(all)].filter((secret) => secret.length >= SHORTEST_SECRET);
}

/** The texts to look for: the secret itself, its base64 at each of three offsets, and the bytes it is the base64 of in hex. */
export function echoForms(secret: string): EchoForm[] {
  const bytes = Buffer.from(secret, BASE64.test(secret) ? 'base64' : 'latin1').toString('hex');
  const base64 = [0, 1, 2].map((before) => inBase64(secret, before));
  return [canonicalBase64(secret), ...base64, bytes, bytes.toUpperCase()].map((text) => ({
    text,
    seed: text.slice(0, SEED_LENGTH),
  }));
}

/** base64url read as base64; the length stays. Both sides of a comparison are read so. */
export function canonicalBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

/** The characters that stand for the secret alone, whatever is encoded around it. */
function inBase64(secret: string, bytesBefore: number): string {
  const bytes = Buffer.from('\0'.repeat(bytesBefore) + secret, 'latin1');
  return bytes.toString('base64').slice(FOREIGN_CHARACTERS[bytesBefore], Math.floor((bytes.length * 8) / 6));
}
