import { encodeId } from '#core';
import type { NoticeSubject } from '#persistence';
import { lastAttemptOf } from './last-attempt.js';
import type { LastAttempt } from './last-attempt.js';

/** What became of an endpoint, as whoever wrote it knows it. */
export interface Transition {
  endpointId: string;
  /** `failing`: its breaker opened for the first time. `recovered`: the breaker closed, or somebody resumed a disabled endpoint. */
  kind: 'failing' | 'recovered' | 'disabled' | 'paused';
  /** Why: the breaker's reason, or the endpoint's `stateReason`; of `recovered`, what it was that is over. */
  reason: string | null;
  /** Since when, milliseconds. */
  since: number;
  /** The delivery whose attempt brought it about; null: no attempt did. */
  lastAttempt: { deliveryId: string } | null;
}

/** What died at an endpoint within an hour. */
export interface DeathSum {
  endpointId: string;
  count: number;
  /** How many for each reason. */
  reasons: Record<string, number>;
  /** The youngest of these deliveries that was attempted; null: none was. */
  deliveryId: string | null;
}

/** An event of a reserved type for the tenant's own subscriber. */
export interface Notice {
  tenantId: string;
  /** The tenant's subscriber for notices. */
  recipientId: string;
  type: string;
  data: NoticeData;
}

/** What every notice says. Ids are TypeIDs, times RFC 3339 with milliseconds. */
export interface NoticeData {
  endpointId: string;
  subscriberId: string;
  subscriberUid: string | null;
  url: string;
  /** The endpoint's state as it is now; one that fails is still `active`. */
  state: NoticeSubject['state'];
  reason: string | null;
  since: string;
  lastAttempt: LastAttempt | null;
}

/** What the hourly sum of dead letters says in addition. */
export interface DeadNoticeData extends NoticeData {
  count: number;
  hour: { from: string; to: string };
  reasons: Record<string, number>;
}

/** The notice of one transition. */
export function transitionNotice(subject: NoticeSubject, { kind, reason, since }: Transition): Notice {
  return address(subject, `posthorn.endpoint.${kind}`, dataOf(subject, reason, since));
}

/** The notice of what died within the hour; `reason` and `since` are those of the endpoint's state. */
export function deadNotice(subject: NoticeSubject, deaths: DeathSum, hour: { from: number; to: number }): Notice {
  const data: DeadNoticeData = {
    ...dataOf(subject, subject.stateReason, subject.stateSince.getTime()),
    count: deaths.count,
    hour: { from: toTime(hour.from), to: toTime(hour.to) },
    reasons: deaths.reasons,
  };
  return address(subject, 'posthorn.delivery.dead', data);
}

function address({ tenantId, recipientId }: NoticeSubject, type: string, data: NoticeData): Notice {
  return { tenantId, recipientId, type, data };
}

function dataOf(subject: NoticeSubject, reason: string | null, since: number): NoticeData {
  return {
    endpointId: encodeId('endpoint', subject.endpointId),
    subscriberId: encodeId('subscriber', subject.subscriberId),
    subscriberUid: subject.subscriberUid,
    url: subject.endpointUrl,
    state: subject.state,
    reason,
    since: toTime(since),
    lastAttempt: subject.lastAttempt && lastAttemptOf(subject.lastAttempt, subject.replayId),
  };
}

const toTime = (ms: number): string => new Date(ms).toISOString();
