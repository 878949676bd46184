import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import { Grant } from './grant.js';

describe('what a lease grants', () => {
  it('grows to the cap only after the time of what was inherited, and only once Postgres has it', () => {
    const grant = new Grant(4, 15_000, 1_000);
    const wanted = { concurrency: 10, timeoutMs: 15_000 };
    expect(grant.next(wanted, 999)).toMatchObject({ granted: 4 });
    const next = grant.next(wanted, 1_000);
    expect(next).toMatchObject({ granted: 10 });
    expect(grant.granted).toBe(4);
    grant.renewed(next);
    expect(grant.granted).toBe(10);
  });

  it('shrinks with the cap at once', () => {
    expect(new Grant(10, 15_000, null).next({ concurrency: 3, timeoutMs: 15_000 }, 0)).toMatchObject({ granted: 3 });
  });

  it('lets no attempt last longer than Postgres knows', () => {
    const grant = new Grant(1, 5_000, null);
    const profile = { timeoutMs: 30_000 } as EndpointProfile;
    expect(grant.limit(profile).timeoutMs).toBe(5_000);
    grant.renewed({ granted: 1, timeoutMs: 30_000 });
    expect(grant.limit(profile).timeoutMs).toBe(30_000);
  });
});
