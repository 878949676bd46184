/** A text as it reads without its escapes, and where each of its characters began. */
export interface Unescaped {
  text: string;
  /** One more than characters: the last is where the text ended. */
  origins: readonly number[];
}

/** JSON, JavaScript, URL and HTML escapes of one ASCII character. */
const ESCAPE =
  /\\u00(?<json>[0-9a-f]{2})|\\x(?<js>[0-9a-f]{2})|%(?<url>[0-9a-f]{2})|&#x0*(?<hex>[0-9a-f]{2});|&#0*(?<decimal>\d{2,3});|&(?<name>amp|lt|gt|quot|apos);|\\(?<plain>["'/\\])/gi;
/** An escape that the end of the text has cut. */
const CUT_ESCAPE = /(?:\\(?:u0{0,2}[0-9a-f]?|x[0-9a-f]?)?|%[0-9a-f]?|&(?:#x?[0-9a-f]*|[a-z]{0,4}))$/i;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads one level of escapes. Null when there are none. `cut`: the text went on, so an escape at its end may not be whole. */
export function unescaped(text: string, cut: boolean): Unescaped | null {
  if (!/[\\%&]/.test(text)) return null;
  const end = (cut ? CUT_ESCAPE.exec(text)?.index : undefined) ?? text.length;
  const origins: number[] = [];
  let plain = '';
  const copy = (from: number, to: number): void => {
    plain += text.slice(from, to);
    for (let at = from; at < to; at += 1) origins.push(at);
  };
  let done = 0;
  for (const match of text.slice(0, end).matchAll(ESCAPE)) {
    copy(done, match.index);
    plain += character(match.groups ?? {});
    origins.push(match.index);
    done = match.index + match[0].length;
  }
  if (done === 0 && end === text.length) return null;
  copy(done, end);
  origins.push(text.length);
  return { text: plain, origins };
}

function character(found: Readonly<Record<string, string | undefined>>): string {
  const { json, js, url, hex, decimal, name, plain } = found;
  if (plain !== undefined) return plain;
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? '';
  const code = decimal === undefined ? parseInt(json ?? js ?? url ?? hex ?? '', 16) : Number(decimal);
  return String.fromCharCode(code & 0xff);
}
