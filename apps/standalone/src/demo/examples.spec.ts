import { isEventType } from '#core';
import { expectedBody, readExamples } from './examples.js';

describe('the examples', () => {
  const examples = readExamples(0);

  it('are all 329 payloads, each with a type that may be published', () => {
    expect([examples.length, examples.filter(({ type }) => !isEventType(type))]).toEqual([329, []]);
    expect(examples.map(({ type }) => type)).toContain('github.pull_request.opened');
  });

  it('are expected in the envelope of Standard Webhooks', () => {
    const body = JSON.parse(expectedBody(examples[0]!)) as object;
    expect(body).toEqual({
      type: examples[0]?.type,
      timestamp: '1970-01-01T00:00:00.000Z',
      data: JSON.parse(examples[0]!.data),
    });
  });
});
