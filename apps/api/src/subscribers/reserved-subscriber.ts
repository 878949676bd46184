/** The subscriber that receives the platform's notices: a tenant gives it endpoints, but nobody publishes to it. */
export const RESERVED_SUBSCRIBER_UID = 'posthorn';

export function isReservedSubscriber(uid: string | null): boolean {
  return uid === RESERVED_SUBSCRIBER_UID;
}
