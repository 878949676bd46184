import { Inbox } from './inbox.js';

const webhook = (name: string, bytes = 1) => ({
  ...{ name, receivedAt: '2026-01-01T00:00:00.000Z', headers: {}, body: Buffer.alloc(bytes) },
  ...{ attempt: 1, signatureValid: true, answered: 200 },
});

describe('the inbox', () => {
  it('keeps the last 200 of a name and counts all', () => {
    const inbox = new Inbox();
    for (let n = 0; n < 250; n++) {
      inbox.count('a');
      inbox.add(webhook('a'));
    }
    expect([inbox.list('a').length, inbox.list('a')[0]?.seq, inbox.total('a')]).toEqual([200, 51, 250]);
  });

  it('keeps at most 64 MiB, the newest of all names', () => {
    const inbox = new Inbox();
    for (let n = 0; n < 100; n++) inbox.add(webhook(`n${n % 10}`, 1024 * 1024));
    expect(inbox.list(null).map(({ seq }) => seq)).toEqual(Array.from({ length: 64 }, (_, index) => index + 37));
  });

  it('keeps at most 500 names, those that were heard of last', () => {
    const inbox = new Inbox();
    inbox.add(webhook('first'));
    for (let n = 0; n < 499; n++) inbox.add(webhook(`n${n}`));
    inbox.add(webhook('first'));
    inbox.add(webhook('one more'));
    expect([inbox.list('first').length, inbox.list('n0').length, inbox.list('one more').length]).toEqual([2, 0, 1]);
  });

  it('tells watchers until they stop', () => {
    const inbox = new Inbox();
    const seen: number[] = [];
    const stop = inbox.watch(({ seq }) => seen.push(seq));
    inbox.add(webhook('a'));
    stop();
    inbox.add(webhook('a'));
    expect(seen).toEqual([1]);
  });
});
