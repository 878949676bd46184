import { Validator } from '@seriousme/openapi-schema-validator';
import { TestApi } from '../api/api.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Schema {
  description?: string;
  example?: unknown;
  properties?: Record<string, Schema>;
}
interface Operation {
  operationId?: string;
  summary?: string;
  parameters?: { name: string; description?: string }[];
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}

describe('the OpenAPI description', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.stop());

  const operations = (): [string, Operation][] =>
    Object.entries(api.document.paths as Record<string, Record<string, Operation>>).flatMap(([path, item]) =>
      METHODS.flatMap((method): [string, Operation][] =>
        item[method] === undefined ? [] : [[`${method.toUpperCase()} ${path}`, item[method]]],
      ),
    );

  it('is valid OpenAPI 3.1, served at /openapi.json', async () => {
    const answer = await api.call('GET', '/openapi.json');
    expect([answer.status, answer.body.openapi]).toEqual([200, '3.1.0']);
    const result = await new Validator().validate(JSON.parse(answer.text) as Record<string, unknown>);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('is shown at /docs', async () => {
    const answer = await api.call('GET', '/docs');
    expect([answer.status, answer.text.includes('swagger-ui')]).toEqual([200, true]);
  });

  it('describes every route of the router and no other', () => {
    const routed = api.routes.routes.filter(({ method, allow }) => method !== 'HEAD' && allow !== undefined);
    const expected = routed.map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(
      operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual(expected.sort());
  });

  it('gives every field a description and an example', () => {
    const schemas = (api.document.components?.schemas ?? {}) as Record<string, Schema>;
    const fields = Object.entries(schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).map(([field, schema]) => ({ name: `${name}.${field}`, schema })),
    );
    expect(fields.length).toBeGreaterThan(100);
    expect(
      fields.filter(({ schema }) => !schema.description || !('example' in schema)).map(({ name }) => name),
    ).toEqual([]);
  });

  it('gives every operation a name of its own, a summary and described parameters', () => {
    const named = operations().map(([, { operationId }]) => operationId);
    expect(new Set(named).size).toBe(named.length);
    for (const [name, { operationId, summary, parameters = [] }] of operations()) {
      expect([name, operationId, summary]).toEqual([
        name,
        expect.stringMatching(/^[a-z][A-Za-z]+$/),
        expect.any(String),
      ]);
      expect(
        parameters.filter(({ description }) => !description).map((parameter) => `${name} ${parameter.name}`),
      ).toEqual([]);
    }
  });

  it('documents the problems of every operation', () => {
    for (const [name, { responses }] of operations()) {
      const wanted = [
        '500',
        '503',
        ...(name.includes('/v1/') ? ['401', '403'] : []),
        ...(/^(POST|PUT|PATCH)/.test(name) ? ['400', '422'] : []),
        ...(name.includes('{') ? ['404', '422'] : []),
      ];
      const missing = wanted.filter(
        (status) =>
          responses[status] === undefined &&
          !(status === '404' && name === 'PUT /v1/event-types/{name}') &&
          !(status === '422' && /^(GET|DELETE)/.test(name)),
      );
      expect([name, missing]).toEqual([name, []]);
      for (const [status, response] of Object.entries(responses)) {
        expect(response.description).toBeTruthy();
        if (Number(status) >= 400) expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json']);
      }
    }
  });
});
