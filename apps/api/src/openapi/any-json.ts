/** Any JSON value, as the schema of a field: Nest would make an object of it. */
export const ANY_JSON = {
  anyOf: [
    { type: 'object' },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
  ],
};
