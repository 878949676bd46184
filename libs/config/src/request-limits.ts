import { integer } from './kinds.js';
import { variable } from './variable.js';

/** What a process that answers requests may have under way. */
export const HTTP_LIMITS = {
  maxRequests: variable(
    'HTTP_MAX_REQUESTS',
    integer(1, 1_000_000),
    'Most requests under way in one process; above, it answers 503.',
    { default: 5_000, unit: 'requests' },
  ),
  maxBodyBytes: variable(
    'HTTP_MAX_BODY_BYTES',
    integer(1, 4_294_967_296),
    'Most bytes of bodies of the requests under way in one process; above, it answers 503.',
    { default: 268_435_456, unit: 'bytes' },
  ),
} as const;

/** Concurrent publishes share a commit: how many, and how much may wait for it. */
export const PUBLISH_LIMITS = {
  groupRows: variable('PUBLISH_GROUP_ROWS', integer(1, 10_000), 'Most events committed together.', {
    default: 1_000,
    unit: 'events',
  }),
  groupBytes: variable('PUBLISH_GROUP_BYTES', integer(1, 67_108_864), 'Most payload bytes committed together.', {
    default: 8_388_608,
    unit: 'bytes',
  }),
  queueRows: variable(
    'PUBLISH_QUEUE_ROWS',
    integer(1, 1_000_000),
    'Most events waiting for their commit in one process; above, publishing answers 503.',
    { default: 20_000, unit: 'events' },
  ),
  queueBytes: variable(
    'PUBLISH_QUEUE_BYTES',
    integer(1, 1_073_741_824),
    'Most payload bytes waiting for their commit in one process; above, publishing answers 503.',
    { default: 134_217_728, unit: 'bytes' },
  ),
} as const;
