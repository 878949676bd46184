/** How a secret may stand in something that holds it, bytes read as latin1. `name` says where it was found without saying it. */
export interface SecretForm {
  name: string;
  pattern: RegExp;
}

const KEY_PREFIX = /^(whsec|whsk|phk)_/;
/** Shorter pieces turn up by chance. */
const LEAST_CHARACTERS = 12;

/** The secret as it is, as JSON and URLs write it, in hex, and in base64 wherever it begins; of a key also its bytes. */
export function formsOf(name: string, secret: string): SecretForm[] {
  const texts = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const bytes = [Buffer.from(secret), ...rawBytes(secret)];
  for (const raw of bytes) {
    texts.add(raw.toString('latin1'));
    for (const offset of [0, 1, 2]) texts.add(base64At(raw, offset)).add(toBase64Url(base64At(raw, offset)));
  }
  const hex = bytes.map((raw) => ({ name: `${name} in hex`, pattern: new RegExp(raw.toString('hex'), 'i') }));
  const others = [...texts].map((text) => ({ name, pattern: new RegExp(escape(text)) }));
  return [...hex, ...others].filter(({ pattern }) => pattern.source.length >= LEAST_CHARACTERS);
}

/** The names of the forms that stand in it. */
export function findForms(forms: readonly SecretForm[], text: string): string[] {
  return [...new Set(forms.filter(({ pattern }) => pattern.test(text)).map(({ name }) => name))];
}

function rawBytes(secret: string): Buffer[] {
  if (!KEY_PREFIX.test(secret)) return [];
  const encoded = secret.replace(KEY_PREFIX, '');
  return [Buffer.from(encoded), Buffer.from(encoded, 'base64')];
}

/** What of the base64 of a longer text is decided by these bytes alone, when so many come before them. */
function base64At(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}

function toBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
