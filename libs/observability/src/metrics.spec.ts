import { ACCOUNTING_DIFFERENCE, addGauge, createMetrics, serveMetrics } from './index.js';

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

describe('a gauge', () => {
  it('is read when it is asked for, and not shown while it is not known', async () => {
    const metrics = createMetrics('dispatcher');
    let value: number | null = null;
    addGauge(metrics, ACCOUNTING_DIFFERENCE, () => value);
    const shown = async () => /^posthorn_accounting_difference.* (\S+)$/m.exec(await metrics.metrics())?.[1];
    expect(await shown()).toBeUndefined();
    value = 0;
    expect(await shown()).toBe('0');
    value = 3;
    expect(await shown()).toBe('3');
    value = null;
    expect(await shown()).toBeUndefined();
  });
});
