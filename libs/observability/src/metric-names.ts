/** A metric as an operator meets it. */
export interface MetricName {
  readonly name: string;
  readonly help: string;
}

export const ACCOUNTING_DIFFERENCE: MetricName = {
  name: 'posthorn_accounting_difference',
  help: 'Deliveries that the counted hours promised and do not have, or have and did not promise. Must be 0.',
};

export const ACCOUNTED_UNTIL: MetricName = {
  name: 'posthorn_accounted_until_timestamp_seconds',
  help: 'End of the last hour whose deliveries were counted.',
};
