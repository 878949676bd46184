/** What this installation's configuration says about requests. */
export abstract class ApiLimits {
  abstract readonly maxRetryWindowSeconds: number;
  abstract readonly retentionDays: number;
}
