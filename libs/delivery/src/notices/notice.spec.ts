import { encodeId, newUuid } from '#core';
import type { ListedAttempt, NoticeSubject } from '#persistence';
import { deadNotice, transitionNotice } from './notice.js';
import type { Transition } from './notice.js';

const NOW = Date.UTC(2026, 10, 23, 18, 53, 0, 123);
const [endpointId, subscriberId, recipientId, deliveryId, replayId] = Array.from({ length: 5 }, () => newUuid(NOW)) as [
  string,
  string,
  string,
  string,
  string,
];

const attempt: ListedAttempt = {
  deliveryId,
  number: 3,
  trigger: 'retry',
  startedAt: new Date(NOW),
  durationMs: 312,
  dnsMs: 2,
  connectMs: 18,
  tlsMs: 31,
  firstByteMs: 260,
  status: 503,
  error: 'http_status',
  retryAfterUntil: new Date(NOW + 30_000),
  url: 'https://acme.example/before',
  contentType: 'text/plain',
  retryAfter: '30',
  location: null,
  body: Buffer.from('busy'),
  truncated: false,
};

const subject = (more: Partial<NoticeSubject> = {}): NoticeSubject => ({
  endpointId,
  tenantId: newUuid(NOW),
  endpointUrl: 'https://acme.example/hooks',
  state: 'active',
  stateReason: null,
  stateSince: new Date(NOW - 86_400_000),
  subscriberId,
  subscriberUid: 'acme',
  recipientId,
  lastAttempt: null,
  replayId: null,
  ...more,
});

const transition = (more: Partial<Transition> = {}): Transition => ({
  endpointId,
  kind: 'failing',
  reason: 'failing',
  since: NOW,
  lastAttempt: null,
  ...more,
});

describe('the notice of a transition', () => {
  it.each(['failing', 'recovered', 'disabled', 'paused'] as const)('of %s has its own reserved type', (kind) => {
    const of = subject();
    expect(transitionNotice(of, transition({ kind }))).toMatchObject({
      tenantId: of.tenantId,
      recipientId,
      type: `posthorn.endpoint.${kind}`,
    });
  });

  it('says exactly what is promised, ids and times as the API writes them', () => {
    const { data } = transitionNotice(subject({ state: 'disabled' }), transition({ kind: 'disabled', reason: 'gone' }));
    expect(data).toEqual({
      endpointId: encodeId('endpoint', endpointId),
      subscriberId: encodeId('subscriber', subscriberId),
      subscriberUid: 'acme',
      url: 'https://acme.example/hooks',
      state: 'disabled',
      reason: 'gone',
      since: '2026-11-23T18:53:00.123Z',
      lastAttempt: null,
    });
  });

  it('has a null where there is no uid, never a gap', () => {
    const { data } = transitionNotice(subject({ subscriberUid: null }), transition({ reason: null }));
    expect(data).toMatchObject({ subscriberUid: null, reason: null });
  });

  it('shows the attempt as a delivery shows its last one', () => {
    const { data } = transitionNotice(subject({ lastAttempt: attempt, replayId }), transition());
    expect(data.lastAttempt).toEqual({
      deliveryId: encodeId('delivery', deliveryId),
      number: 3,
      trigger: 'retry',
      replayId: encodeId('replay', replayId),
      startedAt: '2026-11-23T18:53:00.123Z',
      durationMs: 312,
      timings: { dnsMs: 2, connectMs: 18, tlsMs: 31, firstByteMs: 260 },
      outcome: 'failure',
      error: 'http_status',
      retryAfterUntil: '2026-11-23T18:53:30.123Z',
      response: {
        statusCode: 503,
        headers: { 'content-type': 'text/plain', 'retry-after': '30' },
        body: 'busy',
        encoding: 'utf8',
        truncated: false,
      },
    });
  });

  it('shows bytes that are no text as base64, and no response where none came', () => {
    const shown = (lastAttempt: ListedAttempt) =>
      transitionNotice(subject({ lastAttempt }), transition()).data.lastAttempt?.response;
    expect(shown({ ...attempt, body: Buffer.from([0xff, 0x00]) })).toMatchObject({ body: '/wA=', encoding: 'base64' });
    expect(shown({ ...attempt, status: null, body: null, error: 'connect_refused' })).toBeNull();
  });
});

describe('the notice of an hour’s dead letters', () => {
  it('says in addition how many, when and why, and since when the endpoint is what it is', () => {
    const from = Date.UTC(2026, 10, 23, 17);
    const deaths = { endpointId, count: 3, reasons: { expired: 2, gone: 1 }, deliveryId };
    const paused = subject({ state: 'paused', stateReason: 'paused_by_tenant' });
    const { type, data } = deadNotice(paused, deaths, { from, to: from + 3_600_000 });
    expect(type).toBe('posthorn.delivery.dead');
    expect(data).toEqual({
      endpointId: encodeId('endpoint', endpointId),
      subscriberId: encodeId('subscriber', subscriberId),
      subscriberUid: 'acme',
      url: 'https://acme.example/hooks',
      state: 'paused',
      reason: 'paused_by_tenant',
      since: '2026-11-22T18:53:00.123Z',
      lastAttempt: null,
      count: 3,
      hour: { from: '2026-11-23T17:00:00.000Z', to: '2026-11-23T18:00:00.000Z' },
      reasons: { expired: 2, gone: 1 },
    });
  });
});
