import { Health } from './index.js';

describe('Health', () => {
  it('is ready while every check passes', async () => {
    const health = new Health().add('postgres', () => Promise.resolve()).add('queue', () => undefined);
    expect(await health.ready()).toEqual({ ok: true, checks: { postgres: 'ok', queue: 'ok' } });
  });

  it('is not ready when a check fails, and names it', async () => {
    const health = new Health().add('postgres', () => Promise.reject(new Error('away'))).add('queue', () => undefined);
    expect(await health.ready()).toEqual({ ok: false, checks: { postgres: 'failed', queue: 'ok' } });
  });

  it('is not ready once it is stopping', async () => {
    const health = new Health();
    health.stop();
    expect(await health.ready()).toEqual({ ok: false, checks: {} });
  });

  it('counts a check that hangs as failed', async () => {
    jest.useFakeTimers();
    const answer = new Health().add('postgres', () => new Promise(() => undefined)).ready();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await answer).toEqual({ ok: false, checks: { postgres: 'failed' } });
    jest.useRealTimers();
  });
});
