const toOne = { subscriber: 'acme', type: 'order.placed', data: { orderId: 12345 } };
const withoutEnvelope = { subscriber: 'acme', type: 'order.placed', body: { orderId: 12345 } };
const toAll = { broadcast: true, type: 'terms.changed', data: { version: 7 } };

/** Whole events for the documentation: which fields go together cannot be seen from the fields alone. */
export const EVENT_EXAMPLES = {
  toOne: { summary: 'To one subscriber', value: toOne },
  withoutEnvelope: { summary: 'Sent as it is, without the envelope', value: withoutEnvelope },
  toAll: { summary: 'To every subscriber whose endpoints match', value: toAll },
};

export const BATCH_EXAMPLES = {
  two: {
    summary: 'Two events, each repeatable by its own key',
    value: {
      events: [
        { ...toOne, idempotencyKey: 'order-12345' },
        { ...withoutEnvelope, idempotencyKey: 'order-12346' },
      ],
    },
  },
};
