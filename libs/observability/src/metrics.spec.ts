import { createMetrics, serveMetrics } from './index.js';

describe('serveMetrics', () => {
  it('serves the registry at /metrics and nothing else', async () => {
    const server = await serveMetrics(createMetrics('api'), { host: '127.0.0.1', port: 0 });
    const at = `http://127.0.0.1:${String(server.port)}`;
    const [metrics, other] = await Promise.all([fetch(`${at}/metrics`), fetch(`${at}/`)]);
    expect(await metrics.text()).toContain('process_cpu_seconds_total{app="api"}');
    expect(other.status).toBe(404);
    await server.close();
  });
});
