import { FirstTables1763942400000 } from './1763942400000-first-tables.js';
import { FlowControl1764028800000 } from './1764028800000-flow-control.js';
import { DeadNotices1764115200000 } from './1764115200000-dead-notices.js';
import { ReplaysBehindLive1764201600000 } from './1764201600000-replays-behind-live.js';
import { SealedAnswers1764288000000 } from './1764288000000-sealed-answers.js';
import { EgressPolicy1764374400000 } from './1764374400000-egress-policy.js';
import { AccountedHours1764547200000 } from './1764547200000-accounted-hours.js';

/** Every migration, oldest first. A class name carries its time, which is the order TypeORM runs them in. */
export const MIGRATIONS = [
  FirstTables1763942400000,
  FlowControl1764028800000,
  DeadNotices1764115200000,
  ReplaysBehindLive1764201600000,
  SealedAnswers1764288000000,
  EgressPolicy1764374400000,
  AccountedHours1764547200000,
];
