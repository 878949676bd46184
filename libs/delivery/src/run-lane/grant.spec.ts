import type { EndpointProfile } from '../hold-lane/endpoint-profiles.js';
import { Grant } from './grant.js';

describe('what a lease grants', () => {
  const wanted = { concurrency: 10, timeoutMs: 15_000, window: 2, inFlight: 0 };

  it('follows the window with room to grow, and holds only once Postgres has it', () => {
    const grant = new Grant(4, 15_000);
    expect(grant.isShort(wanted, 0)).toBe(false);
    expect(grant.isShort({ ...wanted, window: 4 }, 0)).toBe(true);
    const next = grant.next({ ...wanted, window: 4 }, 0);
    expect(next).toMatchObject({ granted: 10 });
    grant.asked(next);
    expect(grant.limit(10, 0)).toBe(4);
    grant.renewed(next);
    expect(grant.limit(10, 0)).toBe(10);
  });

  it('counts what was inherited until its time is over', () => {
    const grant = new Grant(4, 15_000, 7, 1_000);
    expect(grant.limit(10, 999)).toBe(3);
    expect(grant.next({ ...wanted, window: 4 }, 999)).toMatchObject({ granted: 3 });
    expect(grant.limit(10, 1_000)).toBe(4);
    expect(grant.next({ ...wanted, window: 4 }, 1_000)).toMatchObject({ granted: 10 });
  });

  it('holds less as soon as less is asked for, but never says less than is in flight', () => {
    const grant = new Grant(10, 15_000);
    const next = grant.next({ ...wanted, concurrency: 3, inFlight: 8 }, 0);
    expect(next).toMatchObject({ granted: 8 });
    grant.asked(next);
    expect(grant.granted).toBe(8);
    expect(grant.limit(3, 0)).toBe(3);
  });

  it('holds no more than a renewal that is still on its way will leave', () => {
    const grant = new Grant(4, 15_000);
    const more = { granted: 10, timeoutMs: 15_000 };
    const less = { granted: 2, timeoutMs: 15_000 };
    grant.asked(more);
    grant.asked(less);
    grant.renewed(more);
    expect(grant.granted).toBe(2);
    grant.renewed(less);
    expect(grant.granted).toBe(2);
  });

  it('lets no attempt last longer than Postgres knows', () => {
    const grant = new Grant(1, 5_000);
    const profile = { timeoutMs: 30_000 } as EndpointProfile;
    expect(grant.timed(profile).timeoutMs).toBe(5_000);
    grant.renewed({ granted: 1, timeoutMs: 30_000 });
    expect(grant.timed(profile).timeoutMs).toBe(30_000);
  });
});
