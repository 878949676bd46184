export { publishEvents } from './publish-events.js';
export type { EventRow, StoredEvent } from './publish-events.js';
export { publishBroadcast } from './publish-broadcast.js';
export type { StoredBroadcast } from './publish-broadcast.js';
export { forgetExpiredKeys, resolvePublish } from './resolve-publish.js';
export type { PublishAnswer, PublishQuestion } from './resolve-publish.js';
export { acquireLanes } from './acquire-lanes.js';
export type { LaneAcquired } from './acquire-lanes.js';
export { changedEndpoints, renewLeases } from './renew-leases.js';
export type { LeaseToRenew } from './renew-leases.js';
export { releaseLanes } from './release-lanes.js';
export type { LaneReleased, LaneToRelease } from './release-lanes.js';
export { loadEndpoints } from './load-endpoints.js';
export type { LoadedEndpoint } from './load-endpoints.js';
export { claimDeliveries } from './claim-deliveries.js';
export type { ClaimAnswer, ClaimedDelivery, ClaimRequest } from './claim-deliveries.js';
export { freshBoundary } from './fresh-boundary.js';
export { loadEvents } from './load-events.js';
export type { LoadedEvent } from './load-events.js';
export { settleAttempts } from './settle-attempts.js';
export type { AttemptRecord, AttemptToSettle } from './settle-attempts.js';
export { writeLaneFlow } from './write-lane-flow.js';
export type { LaneFlowToWrite } from './write-lane-flow.js';
export { disableEndpoints } from './disable-endpoints.js';
export type { EndpointToDisable } from './disable-endpoints.js';
export type { LaneFlow } from './lane-flow.js';
export { buryDeliveries } from './bury-deliveries.js';
export { buryDue } from './bury-due.js';
export { databaseTime } from './database-time.js';
export { fanOutEndpoints } from './fan-out-endpoints.js';
export { dueLanes } from './due-lanes.js';
export { sweepLanes } from './sweep-lanes.js';
export { expireDeliveries } from './expire-deliveries.js';
export { beatDispatcher, removeDispatcher } from './beat-dispatcher.js';
export type { DispatcherBeat, LiveDispatchers } from './beat-dispatcher.js';
export { takeTurn } from './take-turn.js';
export { copyDelivery, findResendable, hurryDelivery } from './resend-delivery.js';
export type { DeliveryScope, Resendable } from './resend-delivery.js';
export { insertReplays } from './insert-replays.js';
export { cancelDelivery, recallClaimed } from './cancel-delivery.js';
export { endOrderPause, lockOrderedLane } from './end-order-pause.js';
export { insertTest } from './insert-test.js';
export { takeTest } from './take-test.js';
export type { TestRate } from './take-test.js';
export { forgetKeys } from './forget-keys.js';
export { cancelPending } from './cancel-pending.js';
export type { PendingIds } from './pending-ids.js';
export { oneAtATime } from './one-at-a-time.js';
export { noticeSubjects } from './notice-subjects.js';
export type { NoticeQuestion, NoticeSubject } from './notice-subjects.js';
export { sumDeaths } from './sum-deaths.js';
export type { DeathsOfReason } from './sum-deaths.js';
export { closeHour, enterDeadNotices, forgetDeadNotices, untoldHours } from './dead-notices.js';
export { readSealed, replaceSealed, SEALED_COLUMNS } from './sealed-values.js';
export type { ResealedValue, SealedColumn, SealedValue } from './sealed-values.js';
export { accountSlice } from './account-slice.js';
export type { Account, AccountedSlice } from './account-slice.js';
export {
  accountedHours,
  accountingState,
  accountingSummary,
  beginFinalCounts,
  beginHours,
  enterSlice,
  forgetHours,
  openCount,
} from './accounted-hours.js';
export type { AccountedHour, AccountingSummary, HourCount } from './accounted-hours.js';
