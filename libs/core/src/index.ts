export { DAY, HOUR, KIB, MIB, MINUTE, SECOND } from './units.js';
export { SystemClock, type Clock } from './clock.js';

export { decodeId, encodeId, isIdLike, type IdKind } from './ids.js';
export { newUuid, uuidFloor, uuidTime } from './uuid-v7.js';
export { isEventType, isFilter, isReservedType, matchKeys } from './event-type.js';

export { DEFAULT_RETRY_POLICY, nextAttemptAt, type FailedAttempt, type RetryPolicy } from './retry-policy.js';
export {
  ATTEMPT_ERROR_CLASSES,
  KEPT_OF_HEADER,
  type AttemptErrorClass,
  type AttemptResult,
  type AttemptTimings,
  type NotSent,
  type ReceivedResponse,
} from './attempt-result.js';
export { secretsOfHeader } from './echo/echo-forms.js';
export { EchoFilter } from './echo/echo-filter.js';
export { knownAnswers } from './target/host-names.js';
export {
  TargetRules,
  type NameVerdict,
  type Place,
  type PortRange,
  type TargetPlace,
  type TargetPolicy,
  type TargetRefusal,
  type TargetSettings,
  type TargetVerdict,
} from './target/target-rules.js';
export { addressKey, targetKeys, type TargetKeys } from './target/target-keys.js';
export { TargetCounts } from './target/target-counts.js';
export { TargetPermit, type TargetRooms } from './target/target-permit.js';
export { TargetShare } from './target/target-share.js';
export { judgeOutcome, type DeadReason, type LaneSignal, type Outcome } from './outcome.js';

export { DEFAULT_FLOW_SETTINGS, type FlowSettings } from './flow/flow-settings.js';
export {
  FlowControl,
  type FlowChange,
  type FlowSubject,
  type FlowTicket,
  type PauseReason,
  type StoredFlow,
} from './flow/flow-control.js';
export { settledPerSecond } from './flow/settled-rate.js';
export { laneState, type LaneFacts, type LaneState, type LaneStateName } from './flow/lane-state.js';
export { capBelowArrivalRate, drainSeconds } from './flow/drain-forecast.js';
export { DEFAULT_DISABLING, disablesAt, type DisablingSettings, type StoredFailures } from './flow/failure-record.js';

export { FairShares } from './fair-shares.js';
export { shareLanes, type DispatcherLoad, type LaneShare } from './lane-share.js';

export { PROBLEMS, ProblemError, type FieldError, type ProblemCode, type ProblemKind } from './errors.js';
