/** The subscriber that receives the platform's notices: a tenant gives it endpoints, but nobody publishes to it. */
export const NOTICE_SUBSCRIBER_UID = 'posthorn';
