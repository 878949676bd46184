// Crockford's alphabet in lower case, most significant bits first, as the TypeID specification (0.3) writes a UUID:
// 128 bits behind two zero bits are 26 characters of 5 bits, so the first one is at most 7.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const HEX = '0123456789abcdef';
const NOT_A_DIGIT = 0xff;

const fiveBits = new Uint8Array(128).fill(NOT_A_DIGIT);
for (let value = 0; value < 32; value++) fiveBits[ALPHABET.charCodeAt(value)] = value;

const fourBits = new Uint8Array(128).fill(NOT_A_DIGIT);
for (let value = 0; value < 16; value++) {
  fourBits[HEX.charCodeAt(value)] = value;
  fourBits[HEX.toUpperCase().charCodeAt(value)] = value;
}

const UUID_LENGTH = 36;
const TEXT_LENGTH = 26;
const isHyphenAt = (index: number): boolean => index === 8 || index === 13 || index === 18 || index === 23;

/** A UUID's 26 characters, or null when the text is no UUID. One pass without BigInt: this runs for every id published and listed. */
export function uuidToBase32(uuid: string): string | null {
  if (uuid.length !== UUID_LENGTH) return null;
  let text = '';
  let pending = 0;
  let pendingBits = 2;
  for (let i = 0; i < UUID_LENGTH; i++) {
    if (isHyphenAt(i)) {
      if (uuid[i] !== '-') return null;
      continue;
    }
    const nibble = fourBits[uuid.charCodeAt(i)] ?? NOT_A_DIGIT;
    if (nibble === NOT_A_DIGIT) return null;
    pending = (pending << 4) | nibble;
    pendingBits += 4;
    if (pendingBits >= 5) {
      pendingBits -= 5;
      text += ALPHABET.charAt(pending >>> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  return text;
}

/** The UUID behind 26 characters, or null: upper case, look-alikes (i, l, o, u) and values above 128 bits are refused, so one UUID has one text. */
export function base32ToUuid(text: string): string | null {
  if (text.length !== TEXT_LENGTH) return null;
  let pending = fiveBits[text.charCodeAt(0)] ?? NOT_A_DIGIT;
  if (pending > 7) return null;
  let pendingBits = 3;
  let uuid = '';
  for (let i = 1; i < TEXT_LENGTH; i++) {
    const value = fiveBits[text.charCodeAt(i)] ?? NOT_A_DIGIT;
    if (value === NOT_A_DIGIT) return null;
    pending = (pending << 5) | value;
    pendingBits += 5;
    while (pendingBits >= 4) {
      pendingBits -= 4;
      if (isHyphenAt(uuid.length)) uuid += '-';
      uuid += HEX.charAt(pending >>> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  return uuid;
}
