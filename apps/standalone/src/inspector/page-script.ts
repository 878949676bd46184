/** Runs in the browser. Everything received goes into the page as text (textContent), never as HTML. */
export const PAGE_SCRIPT = `
'use strict';
const MOST_SHOWN = 200;
const list = document.getElementById('list');
const state = document.getElementById('state');
const seen = new Set();

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function typeOf(webhook) {
  try {
    const type = JSON.parse(webhook.body).type;
    return typeof type === 'string' ? type : '(no type)';
  } catch {
    return '(not JSON)';
  }
}

function readable(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

const SIGNATURE = {
  true: ['good', 'signature valid'],
  false: ['bad', 'signature not valid'],
  null: ['', 'signature unknown: no endpoint points here'],
};

function show(webhook) {
  if (seen.has(webhook.seq)) return;
  seen.add(webhook.seq);
  document.getElementById('empty').hidden = true;
  const [signatureClass, signature] = SIGNATURE[String(webhook.signatureValid)];
  const summary = document.createElement('summary');
  summary.append(
    element('span', 'type', typeOf(webhook)),
    element('span', signatureClass, signature),
    element('span', '', webhook.attempt === null ? 'attempt unknown' : 'attempt ' + webhook.attempt),
    element('span', webhook.answered < 300 ? 'good' : 'bad', 'answered ' + webhook.answered),
    element('span', 'time', webhook.receivedAt + '  /in/' + webhook.name),
  );
  const headers = Object.entries(webhook.headers).map(([name, value]) => name + ': ' + value).join('\\n');
  const details = document.createElement('details');
  details.append(summary, element('pre', 'headers', headers), element('pre', 'body', readable(webhook.body)));
  details.open = list.childElementCount === 0;
  list.prepend(details);
  while (list.childElementCount > MOST_SHOWN) list.lastElementChild.remove();
}

const source = new EventSource(document.body.dataset.source);
source.onopen = () => { state.textContent = 'live'; };
source.onerror = () => { state.textContent = 'disconnected, trying again'; };
source.onmessage = (event) => show(JSON.parse(event.data));
`;
