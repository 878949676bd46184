export { createLogger } from './logger.js';
export type { Logger } from './logger.js';
export { addGauge, createMetrics, serveMetrics } from './metrics.js';
export { ACCOUNTED_UNTIL, ACCOUNTING_DIFFERENCE } from './metric-names.js';
export { Health } from './health.js';
export type { Check, HealthReport } from './health.js';
export { exitWithParent } from './exit-with-parent.js';
