import { fieldsOf, TestApi, unknownId } from '../api/api.js';
import type { TestTenant } from '../api/api.js';

const HOSTILE = '{"n":9007199254740993,"f":1.0,"e":1e400,"d":{"a":1,"a":2},"s":"\\u2028😀\\ud800", "sp" : [ 1 ,2 ]}';

describe('publishing', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.addTenant({ maxBroadcast: 3 });
    await api.addSubscriber(tenant, 'acme');
    await api.addEndpoint(tenant, 'acme', { eventTypes: ['order.*'] });
  });
  afterAll(() => api.stop());

  const post = (raw: string | object, headers = {}) =>
    api.call('POST', '/v1/events', {
      key: tenant.key,
      raw: typeof raw === 'string' ? raw : JSON.stringify(raw),
      headers,
    });
  const postBatch = (raw: string | object) =>
    api.call('POST', '/v1/events/batch', { key: tenant.key, raw: typeof raw === 'string' ? raw : JSON.stringify(raw) });
  const countEvents = async () =>
    (await api.database.query<{ n: number }>('SELECT count(*)::int AS n FROM events'))[0]?.n;
  const event = { subscriber: 'acme', type: 'order.placed', data: {} };

  it('answers 202 with the id and the number of deliveries, 0 included, and wakes the lane', async () => {
    api.woken.length = 0;
    const first = await post(event);
    expect(first.status).toBe(202);
    expect(first.body).toEqual({ id: expect.stringMatching(/^evt_/), deliveries: 1 });
    expect(api.woken).toHaveLength(1);
    expect((await post({ ...event, type: 'invoice.paid' })).body.deliveries).toBe(0);
  });

  it.each([
    ['data', `{"subscriber":"acme","type":"order.placed","data": ${HOSTILE}\n}`],
    ['body', `{"body":${HOSTILE},"subscriber":"acme","type":"order.placed"}`],
  ])('keeps and gives back the bytes of %s', async (member, raw) => {
    const { body } = await post(raw);
    const read = await api.call('GET', `/v1/events/${body.id}`, { key: tenant.key });
    expect(read.text).toContain(`"${member}":${HOSTILE},`);
    const [row] = await api.database.query<{ payload: Buffer }>('SELECT payload FROM events ORDER BY id DESC LIMIT 1');
    expect(row?.payload.toString()).toBe(HOSTILE);
  });

  it('keeps the bytes of every event of a batch, and answers in order', async () => {
    const payloads = [HOSTILE, '1.0', '"\\u0000"', 'null', '[ ]', '{"__proto__":{"x":1.50}}'];
    const events = payloads.map((data, i) => `{"type":"order.n${i}","subscriber":"acme","da\\u0074a":${data}}`);
    const { status, body } = await postBatch(`{"events":[${events.join(' ,\n')}]}`);
    expect(status).toBe(202);
    for (const [i, { id }] of body.data.entries()) {
      const { text } = await api.call('GET', `/v1/events/${id}`, { key: tenant.key });
      expect(text).toContain(`"type":"order.n${i}"`);
      expect(text).toContain(`"data":${payloads[i]},"body":null`);
    }
  });

  it('takes the last of two members of the same name, as JSON.parse does', async () => {
    const { body } = await post('{"subscriber":"acme","type":"order.placed","data":1,"data":{"last":1.0}}');
    expect((await api.call('GET', `/v1/events/${body.id}`, { key: tenant.key })).text).toContain('"data":{"last":1.0}');
  });

  it.each([
    ['neither subscriber nor broadcast', { type: 'a', data: 1 }],
    ['both', { type: 'a', data: 1, subscriber: 'acme', broadcast: true }],
    ['subscriber null', { type: 'a', data: 1, subscriber: null }],
    ['broadcast false', { type: 'a', data: 1, broadcast: false }],
  ])('refuses %s with recipient_required, and stores nothing', async (_what, body) => {
    const before = await countEvents();
    const answer = await post(body);
    expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([
      422,
      'recipient_required',
      ['/subscriber recipient_required'],
    ]);
    expect(await countEvents()).toBe(before);
  });

  it.each([
    ['an unknown uid', 'nobody', 'subscriber_not_found'],
    ['an unknown id', unknownId('subscriber'), 'subscriber_not_found'],
    ['something that is neither', 'sub_x', 'subscriber_not_found'],
    ['a text that cannot be stored', 'a\0b', 'subscriber_not_found'],
    ['the platform’s own subscriber', 'posthorn', 'subscriber_reserved'],
  ])('refuses %s as subscriber', async (_what, subscriber, code) => {
    const answer = await post({ ...event, subscriber });
    expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([422, code, [`/subscriber ${code}`]]);
  });

  it('does not let a producer address the reserved subscriber by its id either', async () => {
    const { id } = await api.addSubscriber(tenant, 'posthorn');
    const answer = await post({ ...event, subscriber: id });
    expect(answer.body.code).toBe('subscriber_reserved');
  });

  it.each([
    ['control characters', 'a\u0007b'],
    ['more than 256 characters', 'a'.repeat(257)],
    ['more than 10 segments', Array(11).fill('a').join('.')],
    ['an empty segment', 'a..b'],
    ['a star', 'a.*'],
    ['a space', 'a b'],
    ['nothing', ''],
  ])('refuses a type with %s', async (_what, type) => {
    const answer = await post({ ...event, type });
    expect([answer.status, fieldsOf(answer)]).toEqual([422, ['/type event_type_invalid']]);
  });

  it('refuses reserved types', async () => {
    const answer = await post({ ...event, type: 'posthorn.endpoint.disabled' });
    expect([answer.status, answer.body.code]).toEqual([422, 'event_type_reserved']);
  });

  it('refuses a type outside the catalogue only when the tenant is strict', async () => {
    const strict = await api.addTenant({ strictEventTypes: true });
    await api.addSubscriber(strict, 'acme');
    await api.expect(201, 'POST', '/v1/event-types', { key: strict.key, body: { name: 'order.placed' } });
    const known = await api.call('POST', '/v1/events', { key: strict.key, body: event });
    const unknown = await api.call('POST', '/v1/events', { key: strict.key, body: { ...event, type: 'order.lost' } });
    expect([known.status, unknown.status, unknown.body.code]).toEqual([202, 422, 'unknown_event_type']);
  });

  it('names every wrong field of an event at once', async () => {
    const answer = await post({
      subscriber: 7,
      type: 'a b',
      timestamp: 'yesterday',
      data: 1,
      body: 2,
      extra: 3,
      __proto: 4,
    });
    expect(answer.body.code).toBe('validation_failed');
    expect(fieldsOf(answer)).toEqual([
      '/__proto unknown_field',
      '/body invalid_value',
      '/extra unknown_field',
      '/subscriber invalid_type',
      '/timestamp invalid_value',
      '/type event_type_invalid',
    ]);
  });

  it('refuses members that name a prototype or a constructor like any other unknown field', async () => {
    const answer = await post(
      '{"subscriber":"acme","type":"a","data":1,"__proto__":{"broadcast":true},"constructor":1}',
    );
    expect(fieldsOf(answer)).toEqual(['/__proto__ unknown_field', '/constructor unknown_field']);
  });

  it('wants exactly one of data and body', async () => {
    expect(fieldsOf(await post({ subscriber: 'acme', type: 'a' }))).toEqual(['/data required']);
    expect((await post({ subscriber: 'acme', type: 'a', data: null })).status).toBe(202);
  });

  it('points to the header when a single event carries a key of its own', async () => {
    const answer = await post({ ...event, idempotencyKey: 'k' });
    expect([answer.status, fieldsOf(answer)]).toEqual([422, ['/idempotencyKey unknown_field']]);
  });

  it.each(['[]', '7', '"text"', 'null'])('refuses the body %s, which is no object', async (raw) => {
    expect((await post(raw)).status).toBe(422);
  });

  it('takes 256 KiB of payload and refuses one byte more with 413, naming the field', async () => {
    const withBytes = (bytes: number) => post(`{"subscriber":"acme","type":"a","data":"${'x'.repeat(bytes - 2)}"}`);
    expect((await withBytes(256 * 1024)).status).toBe(202);
    const answer = await withBytes(256 * 1024 + 1);
    expect([answer.status, answer.body.code, fieldsOf(answer)]).toEqual([
      413,
      'payload_too_large',
      ['/data payload_too_large'],
    ]);
  });

  it('refuses a body far beyond the limit without reading it', async () => {
    const answer = await post(`{"subscriber":"acme","type":"a","data":"${'x'.repeat(400 * 1024)}"}`);
    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  });

  it.each([64, 65])('takes payloads nested 64 levels deep and no deeper: %d', async (depth) => {
    const answer = await post(`{"subscriber":"acme","type":"a","data":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(answer.status).toBe(depth === 64 ? 202 : 422);
    if (depth > 64)
      expect([answer.body.code, fieldsOf(answer)]).toEqual(['payload_too_deep', ['/data payload_too_deep']]);
  });

  it('survives a million brackets', async () => {
    const answer = await postBatch(
      `{"events":[{"subscriber":"acme","type":"a","data":${'['.repeat(1e6)}${']'.repeat(1e6)}}]}`,
    );
    expect([answer.status, answer.body.code]).toEqual([422, 'payload_too_deep']);
  });

  it('keeps the producer’s timestamp, else the time of publishing', async () => {
    const given = await post({ ...event, timestamp: '2026-11-23T20:53:00.123+02:00' });
    const read = await api.call('GET', `/v1/events/${given.body.id}`, { key: tenant.key });
    expect(read.body.timestamp).toBe('2026-11-23T18:53:00.123Z');
    const absent = await post(event);
    const other = await api.call('GET', `/v1/events/${absent.body.id}`, { key: tenant.key });
    expect(other.body.timestamp).toBe(other.body.createdAt);
  });

  describe('a batch', () => {
    it('is all or nothing and names every bad item', async () => {
      const before = await countEvents();
      const bad = { events: [event, { ...event, type: 'a b' }, { type: 'a', data: 1 }, 'text', { ...event, more: 1 }] };
      const answer = await postBatch(bad);
      expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
      expect(fieldsOf(answer)).toEqual([
        '/events/1/type event_type_invalid',
        '/events/2/subscriber recipient_required',
        '/events/3 invalid_type',
        '/events/4/more unknown_field',
      ]);
      const unknown = await postBatch({ events: [event, { ...event, subscriber: 'nobody' }] });
      expect([unknown.status, fieldsOf(unknown)]).toEqual([422, ['/events/1/subscriber subscriber_not_found']]);
      expect(await countEvents()).toBe(before);
    });

    it.each([
      ['no events', {}, '/events required'],
      ['an empty list', { events: [] }, '/events too_short'],
      ['no list', { events: {} }, '/events invalid_type'],
      ['1,001 events', { events: Array(1001).fill(event) }, '/events too_long'],
      ['10,000 events', { events: Array(10_000).fill(1) }, '/events too_long'],
      ['an unknown field', { events: [event], dryRun: true }, '/dryRun unknown_field'],
    ])('with %s is refused', async (_what, body, field) => {
      const answer = await postBatch(body);
      expect([answer.status, fieldsOf(answer)]).toEqual([422, [field]]);
    });

    it('of 1,000 events is stored', async () => {
      const { status, body } = await postBatch({ events: Array(1000).fill(event) });
      expect(status).toBe(202);
      expect(new Set(body.data.map(({ id }: { id: string }) => id)).size).toBe(1000);
    });

    it('above 8 MiB is refused with 413', async () => {
      const answer = await postBatch(`{"events":[${' '.repeat(8 * 1024 * 1024)}]}`);
      expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
    });
  });

  describe('a broadcast', () => {
    it('reaches every matching endpoint of the tenant but those for notices', async () => {
      const shop = await api.addTenant();
      for (const uid of ['a', 'b', 'posthorn']) {
        await api.addSubscriber(shop, uid);
        await api.addEndpoint(shop, uid);
      }
      const published = await api.publish(shop, { broadcast: true, type: 'a.b', data: 1 });
      expect(published.deliveries).toBe(2);
      const read = await api.call('GET', `/v1/events/${published.id}`, { key: shop.key });
      expect([read.body.broadcast, read.body.subscriberId]).toEqual([true, null]);
    });

    it('wider than the tenant allows is refused, and stores nothing', async () => {
      for (let i = 0; i < 4; i++) await api.addEndpoint(tenant, 'acme', { eventTypes: ['wide.*'] });
      const before = await countEvents();
      const answer = await post({ broadcast: true, type: 'wide.one', data: 1 });
      expect([answer.status, answer.body.code]).toEqual([422, 'broadcast_too_wide']);
      expect(await countEvents()).toBe(before);
    });
  });

  it.each([
    ['*', ['a', 'a.b', 'a.b.c', 'ab']],
    ['a.*', ['a.b', 'a.b.c']],
    ['a.b', ['a.b']],
  ])('the filter %s gets %j', async (filter, expected) => {
    const shop = await api.addTenant();
    await api.addSubscriber(shop, 'acme');
    await api.addEndpoint(shop, 'acme', { eventTypes: [filter] });
    const got = [];
    for (const type of ['a', 'a.b', 'a.b.c', 'ab']) {
      const { deliveries } = await api.publish(shop, { subscriber: 'acme', type, data: 1 });
      if (deliveries === 1) got.push(type);
    }
    expect(got).toEqual(expected);
  });

  it('an endpoint made a moment before gets the event', async () => {
    const shop = await api.addTenant();
    await api.addSubscriber(shop, 'acme');
    for (let n = 1; n <= 3; n++) {
      await api.addEndpoint(shop, 'acme');
      expect((await api.publish(shop, event)).deliveries).toBe(n);
    }
  });
});
