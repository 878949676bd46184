import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { rawVariable } from '#config';
import { MINUTE } from '#core';
import { TestApi } from '../api/api.js';
import type { Answer } from '../api/api.js';
import { printedSeed } from '../fleet/printed-seed.js';
import { AnswerJudge } from '../fuzz/answers.js';
import { asCurl } from '../fuzz/as-curl.js';
import type { SentRequest } from '../fuzz/as-curl.js';
import { furnish } from '../fuzz/furnish.js';
import type { Furnished } from '../fuzz/furnish.js';
import { Ids, namesForeign } from '../fuzz/ids.js';
import { operationsOf } from '../fuzz/operations.js';
import type { OpenApi, Operation } from '../fuzz/operations.js';
import { reachesOut, requestsTo } from '../fuzz/requests.js';
import type { FuzzedRequest } from '../fuzz/requests.js';
import { rowsOf } from '../fuzz/rows-of-tenant.js';

/** In which a change is judged; `npm run fuzz -- --minutes 10` goes on for longer. */
const RUNS = 8_000;
const MINUTES = Number(rawVariable('FUZZ_MINUTES') ?? 0);

describe('any request at all', () => {
  const canary = `canary${randomBytes(8).toString('hex')}`;
  let api: TestApi;
  let own: Furnished;
  let other: Furnished;
  let ids: Ids;
  let judge: AnswerJudge;
  let operations: Operation[];
  let document: OpenApi;
  /** Statuses by operation: of all requests, and of those whose path names something of the other tenant. */
  const seen = new Map<string, Set<number>>();
  const reached = new Map<string, Set<number>>();
  beforeAll(async () => {
    api = await TestApi.start();
    own = await furnish(api, 'ours');
    other = await furnish(api, canary);
    document = JSON.parse((await api.call('GET', '/openapi.json')).text) as OpenApi;
    [operations, judge] = [operationsOf(document), new AnswerJudge(document)];
    ids = new Ids(other.ids, new Set(own.keyIds));
    ids.learn(own.ids.join(' '));
  });
  afterAll(() => api.stop());

  const KEYS = { nobody: undefined, rubbish: `phk_${'x'.repeat(43)}` };

  function sentAs({ operation, caller, path, query, headers, body }: FuzzedRequest): SentRequest {
    const sparing = operation.method === 'DELETE' || operation.method === 'PATCH';
    const url = ids.fill(path + query, sparing);
    const key = { ...KEYS, ...own.keys }[caller];
    return {
      method: operation.method,
      url: sparing ? url.replace(/\/acme(?=\?|$)/, '/globex') : url,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === null ? null : ids.fill(body, sparing),
    };
  }

  /** What must never happen, whatever was asked. */
  function complaints(request: FuzzedRequest, sent: SentRequest, answer: Answer): string[] {
    const everything = JSON.stringify(answer.headers) + answer.text;
    const asked = sent.url + (sent.body ?? '');
    const leaked = ids.foreignIn(everything).filter((id) => !asked.includes(id));
    const foreign = reachesOut(request);
    const given = foreign || namesForeign(request.body ?? '');
    return [
      ...judge.complaintsAbout(answer, request.operation),
      ...(answer.status === 500 ? ['a fault of ours'] : []),
      ...(everything.includes(canary) ? ['it shows what another tenant wrote'] : []),
      ...(leaked.length > 0 ? [`it shows the other tenant's ${leaked.join(', ')}`] : []),
      ...(given && answer.status < 400 ? ['it did something with an id of another tenant'] : []),
      ...(foreign && request.sound && answer.status !== 404 ? ['a foreign id in a path is a 404'] : []),
    ];
  }

  async function hold(request: FuzzedRequest): Promise<void> {
    const sent = sentAs(request);
    const { method, url, headers, body } = sent;
    const answer = await api.call(method, url, { headers, ...(body === null ? {} : { raw: body }) });
    const found = complaints(request, sent, answer);
    if (found.length > 0)
      throw new Error(`${found.join('\n')}\n\n${asCurl(sent)}\n\n${answer.status} ${answer.text.slice(0, 2_000)}\n`);
    note(seen, request, answer.status);
    if (reachesOut(request)) note(reached, request, answer.status);
    ids.learn(answer.text);
  }

  function note(book: Map<string, Set<number>>, { operation }: FuzzedRequest, status: number): void {
    book.set(operation.operationId, (book.get(operation.operationId) ?? new Set()).add(status));
  }

  it(
    'is answered as documented, without a fault of ours and without anything of another tenant',
    async () => {
      const before = await rowsOf(api.database, other.tenant.id);
      const requests = fc.oneof(...operations.map((operation) => requestsTo(operation, document)));
      await fc.assert(fc.asyncProperty(requests, hold), {
        seed: printedSeed(),
        ...(MINUTES > 0 ? { numRuns: Infinity, interruptAfterTimeLimit: MINUTES * MINUTE } : { numRuns: RUNS }),
      });
      expect(await rowsOf(api.database, other.tenant.id)).toEqual(before);
      const withoutSuccess = operations.filter(
        ({ operationId }) => ![...(seen.get(operationId) ?? [])].some((status) => status < 300),
      );
      expect(withoutSuccess.map(({ operationId }) => operationId)).toEqual([]);
      const naming = operations.filter(({ parameters }) =>
        parameters.some((parameter) => parameter.in === 'path' && parameter.name === 'id'),
      );
      const unreached = naming.filter(({ operationId }) => !reached.get(operationId)?.has(404));
      expect(unreached.map(({ operationId }) => operationId)).toEqual([]);
    },
    MINUTES * MINUTE + 3 * MINUTE,
  );
});
