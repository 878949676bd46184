import { NOTICE_SUBSCRIBER_UID } from '#delivery';

/** Whether it is the subscriber for notices, which nobody publishes to. */
export function isReservedSubscriber(uid: string | null): boolean {
  return uid === NOTICE_SUBSCRIBER_UID;
}
