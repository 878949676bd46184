import fc from 'fast-check';
import type { ReceivedResponse } from '../attempt-result.js';
import { EchoFilter } from './echo-filter.js';
import { secretsOfHeader } from './echo-forms.js';

const SIGNING_SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SIGNATURE = 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const TOKEN = 'tok_8/"x+y\\z&<1>';
const OLDER = 'AbCd/fgh+jklmnopqrstuvwxyz0123456789ABCDEFG=';
const filter = new EchoFilter([SIGNING_SECRET, ...secretsOfHeader('authorization', `Bearer ${TOKEN}`), 'pass-word']);

const response = (body: string | Buffer, more: Partial<ReceivedResponse> = {}): ReceivedResponse => ({
  ...{ statusCode: 500, contentType: null, retryAfter: [], location: null, truncated: false },
  body: Buffer.from(body),
  ...more,
});
const stored = (body: string | Buffer, truncated = false): string =>
  filter.redact(response(body, { truncated }), `v1,${SIGNATURE} v1,${OLDER}`).body.toString('latin1');

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const escaped = (text: string, one: (code: string) => string): string =>
  text.replaceAll(/[^A-Za-z0-9]/g, (character) => one(character.charCodeAt(0).toString(16).padStart(2, '0')));
const json = (text: string): string => JSON.stringify(text).slice(1, -1);

/** How receivers write what they were sent. */
const WAYS: readonly (readonly [way: string, write: (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['JSON-escaped', json],
  ['JSON-escaped as PHP does', (text) => json(text).replaceAll('/', '\\/')],
  ['JSON-escaped as Go does', (text) => escaped(text, (code) => `\\u00${code}`)],
  ['JSON in JSON', (text) => json(json(text))],
  ['URL-encoded', encodeURIComponent],
  ['URL-encoded in lower case', (text) => escaped(text, (code) => `%${code}`)],
  ['URL-encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['HTML-escaped', (text) => escaped(text, (code) => `&#x${code.toUpperCase()};`)],
  ['HTML-escaped with decimals', (text) => escaped(text, (code) => `&#${String(parseInt(code, 16))};`)],
  ['in base64', base64],
  ['in base64 after one byte', (text) => base64(`:${text}, x`)],
  ['in base64 after two bytes', (text) => base64(`: ${text}`)],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['in base64 in JSON as PHP writes it', (text) => base64(text).replaceAll('/', '\\/')],
];

/** Each way backwards, to see what somebody who reads the stored text could learn. */
const readings = (text: string): string[] => {
  const unescaped = text
    .replaceAll(/\\u00(..)|%(..)|&#x(..);/g, (_all, ...codes: (string | undefined)[]) =>
      String.fromCharCode(parseInt(codes.slice(0, 3).find(Boolean) ?? '0', 16)),
    )
    .replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\\(.)/g, '$1');
  const words = text.match(/[\w+/-]{8,}/g) ?? [];
  const decoded = words.flatMap((word) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(word.slice(skip), 'base64').toString('latin1')),
  );
  return [text, unescaped, ...decoded];
};

describe('what an answer repeats of what we sent', () => {
  const secrets = [
    ['a signature', SIGNATURE],
    ['a signature of an older secret', OLDER],
    ['a signing secret', SIGNING_SECRET],
    ['a token', TOKEN],
  ] as const;
  it.each(secrets.flatMap(([what, secret]) => WAYS.map(([way, write]) => [what, way, secret, write] as const)))(
    'is hidden: %s %s',
    (_what, _way, secret, write) => {
      const text = stored(`<p>you sent (${write(secret)}) and ok</p>`);
      for (const reading of readings(text)) expect(reading).not.toContain(secret.slice(2, -2));
      expect(text).toMatch(/^<p>you sent \(.{0,3}\*\*\*.{0,6}\) and ok<\/p>$/);
    },
  );

  it.each([
    [
      'our headers as they were',
      `authorization: Bearer ${TOKEN}\nwebhook-signature: v1,${SIGNATURE} v1,${OLDER}`,
      'authorization: ***\nwebhook-signature: v1,*** v1,***',
    ],
    ['a secret with its prefix', `whsec_${SIGNING_SECRET}`, 'whsec_***'],
    ['a secret as bytes in hex', Buffer.from(SIGNING_SECRET, 'base64').toString('hex'), '***'],
    ['a signature in capital hex', Buffer.from(SIGNATURE, 'base64').toString('hex').toUpperCase(), '***'],
    ['a shortened signature', `v1,${SIGNATURE.slice(0, 24)}…`, `v1,***${Buffer.from('…').toString('latin1')}`],
    ['a short password twice', 'pass-word=pass-word', '***=***'],
    ['none of it', 'nothing to see, evt_01kavs0g3he0k8b5xhgm3nq4t2', 'nothing to see, evt_01kavs0g3he0k8b5xhgm3nq4t2'],
  ])('is hidden and nothing else: %s', (_what, body, text) => {
    expect(stored(body)).toBe(text);
  });

  it('is hidden where the stored text was cut, from four characters on', () => {
    for (let length = 4; length <= SIGNATURE.length; length += 1)
      expect(stored(`sig ${SIGNATURE.slice(0, length)}`, true)).toBe('sig ***');
    expect(stored(`sig ${SIGNATURE.slice(0, 3)}`, true)).toBe(`sig ${SIGNATURE.slice(0, 3)}`);
    expect(stored(`sig ${SIGNATURE.slice(0, 10)}`)).toBe(`sig ${SIGNATURE.slice(0, 10)}`); // not cut: it says no more
  });

  it('is hidden where the cut went through an escape', () => {
    const written = encodeURIComponent(SIGNATURE);
    const cut = written.indexOf('%2B');
    for (const extra of [1, 2]) expect(stored(`sig ${written.slice(0, cut + extra)}`, true)).toBe('sig ***');
  });

  it('is hidden in headers too', () => {
    const answer = response('', {
      contentType: `text/${TOKEN}`,
      location: `https://x.example/?s=${encodeURIComponent(SIGNATURE)}`,
      retryAfter: [SIGNATURE, '30'],
    });
    expect(filter.redact(answer, `v1,${SIGNATURE}`)).toMatchObject({
      contentType: 'text/***',
      location: 'https://x.example/?s=***',
      retryAfter: ['***', '30'],
    });
  });

  it('leaves bytes that are no text as they are, around what it hides', () => {
    const binary = Buffer.from([0, 0x1b, 0xff, 0xfe, 0x80]);
    const body = Buffer.concat([binary, Buffer.from(SIGNATURE), binary]);
    expect(Buffer.from(stored(body), 'latin1')).toEqual(Buffer.concat([binary, Buffer.from('***'), binary]));
    expect(filter.redact(response(binary), '').body.equals(binary)).toBe(true);
  });

  it('never shows through any text, encoding and cut', () => {
    const words = fc.array(fc.constantFrom(...WAYS.map(([, write]) => write), null), { maxLength: 6 });
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(
        fc.base64String({ minLength: 32, maxLength: 44 }),
        words,
        around,
        fc.nat(400),
        (secret, writes, text, cut) => {
          fc.pre(!/^(.)\1+/.test(secret) && new Set(secret).size > 10);
          const whole = Buffer.from(
            writes.map((write) => (write === null ? text : ` ${write(secret)} `)).join(text),
            'latin1',
          );
          const answer = response(whole.subarray(0, cut), { truncated: cut < whole.length });
          const shown = filter.redact(answer, `v1,${secret}`).body.toString('latin1');
          for (const reading of readings(shown)) expect(reading).not.toContain(secret.slice(2, 24));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('what is secret in a header', () => {
  it.each([
    ['x-api-key', 'k-123456', ['k-123456']],
    ['authorization', 'Bearer abcdefgh', ['Bearer abcdefgh', 'abcdefgh']],
    [
      'authorization',
      `Basic ${base64('user:pass-word')}`,
      [`Basic ${base64('user:pass-word')}`, base64('user:pass-word'), 'user:pass-word', 'pass-word'],
    ],
    [
      'cookie',
      'session=abcdefgh; theme=dark',
      ['session=abcdefgh; theme=dark', 'session=abcdefgh', 'abcdefgh', 'theme=dark'],
    ],
    ['x-short', 'ab', []],
    ['accept', 'application/json', []],
    ['accept-language', 'de-AT', []],
  ])('%s: %s', (name, value, secrets) => {
    expect(secretsOfHeader(name, value)).toEqual(secrets);
  });
});
