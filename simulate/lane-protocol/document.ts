/** From here on the document is what the model prints. */
const MARK = '<!-- From here on printed by `npm run explore-lanes`. -->';

export const DOCUMENT = 'docs/lane-protocol.md';

/** What stands in the document after its mark. */
export const printedPart = (document: string): string => document.slice(markEnd(document)).trim();

/** The document with another printed part. */
export const withPrintedPart = (document: string, printed: string): string =>
  `${document.slice(0, markEnd(document))}\n\n${printed}\n`;

function markEnd(document: string): number {
  const at = document.indexOf(MARK);
  if (at < 0) throw new Error(`${DOCUMENT} has no line ${MARK}`);
  return at + MARK.length;
}
