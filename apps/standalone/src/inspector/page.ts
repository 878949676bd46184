import { randomBytes } from 'node:crypto';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';

export interface Page {
  readonly html: string;
  /** Nothing but what this page brings along may run or load. */
  readonly policy: string;
}

/** The page that shows the webhooks of a name (null = of all) as they come. What was received is never part of its HTML. */
export function page(name: string | null): Page {
  const nonce = randomBytes(16).toString('base64');
  const title = name === null ? 'All webhooks' : `Webhooks at /in/${name}`;
  const source = name === null ? '/api/live' : `/api/in/${name}/live`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · Posthorn inspector</title>
<style nonce="${nonce}">${PAGE_STYLE}</style>
</head>
<body data-source="${escape(source)}">
<header><h1>${escape(title)}</h1><p id="state" role="status">connecting</p></header>
<p id="empty">Nothing has come yet. This page shows webhooks as they arrive.</p>
<main id="list" aria-live="polite"></main>
<script nonce="${nonce}">${PAGE_SCRIPT}</script>
</body>
</html>
`;
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
