import { noticeSubjects } from '#persistence';
import type { Runner } from '#persistence';
import { transitionNotice } from './notice.js';
import type { Transition } from './notice.js';
import { NOTICE_SUBSCRIBER_UID } from './notice-subscriber.js';
import { storeNotices } from './store-notices.js';

/**
 * Tells the tenants of these endpoints what became of them: ordinary events, stored by the transaction that wrote the transition, so that a
 * notice is there exactly when the transition is. That the transition is real is the caller's to know, and the caller writes it (and
 * the attempt that caused it) first. Answers with the endpoints to wake after the commit. A tenant without a subscriber for notices hears
 * nothing, and nobody hears of that subscriber's own endpoints: a failing notice must not make notices.
 */
export async function insertNotices(runner: Runner, transitions: readonly Transition[]): Promise<string[]> {
  if (transitions.length === 0) return [];
  const questions = transitions.map(({ endpointId, lastAttempt }) => ({
    endpointId,
    deliveryId: lastAttempt?.deliveryId ?? null,
  }));
  const subjects = await noticeSubjects(runner, NOTICE_SUBSCRIBER_UID, questions);
  const notices = transitions.flatMap((transition, index) => {
    const subject = subjects[index];
    return subject ? [transitionNotice(subject, transition)] : [];
  });
  return storeNotices(runner, notices);
}
