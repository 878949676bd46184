export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

/** The request for a shell, where `$POSTHORN` is the address of the API. */
export function asCurl({ method, url, headers, body }: SentRequest): string {
  return [
    `curl -i -X ${method} "$POSTHORN"${quote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === null ? [] : [`--data-binary ${quote(body)}`]),
  ].join(' ');
}

/** As bash reads it back; what would not show on a terminal is escaped. */
function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  if (!/[\x00-\x1f\x7f-\uffff]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  const escaped = text.replaceAll(/[\\'\x00-\x1f\x7f-\uffff]/g, (character) =>
    character === '\\' || character === "'"
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `$'${escaped}'`;
}
