import { TestApi } from '../api/api.js';

describe('the api', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.stop());

  it('works', async () => {
    const tenant = await api.addTenant();
    const s = await api.addSubscriber(tenant, 'acme');
    console.log(s);
    const e = await api.addEndpoint(tenant, 'acme', { eventTypes: ['order.*'], headers: { authorization: 'x' } });
    console.log(e);
    const p = await api.publish(tenant, { subscriber: 'acme', type: 'order.placed', data: { a: 1 } });
    console.log(p);
    console.log((await api.call('GET', `/v1/events/${p.id}`, { key: tenant.key })).text);
    console.log((await api.call('GET', `/v1/events`, { key: tenant.key })).text);
    console.log((await api.call('GET', `/v1/deliveries`, { key: tenant.key })).text);
    console.log((await api.call('POST', `/v1/events`, { key: tenant.key, body: {} })).text);
    console.log((await api.call('PATCH', `/v1/events`, { key: tenant.key, body: {} })));
    console.log((await api.call('GET', `/health/ready`)).text);
    console.log((await api.call('GET', `/openapi.json`)).text.length);
  });
});
