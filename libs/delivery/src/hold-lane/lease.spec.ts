import { Lease } from './lease.js';

describe('a lease', () => {
  const lease = () => new Lease(1, 1_000, 8_000, 900);

  it('is counted from before it was asked for', () => {
    const held = lease();
    held.confirmed(8_900);
    expect(held.maySend(8_999)).toBe(true);
    expect(held.maySend(9_000)).toBe(false);
  });

  it('lets nothing go when the endpoint was not looked at for 900 ms', () => {
    expect(lease().maySend(1_899)).toBe(true);
    expect(lease().maySend(1_900)).toBe(false);
  });

  it('is prolonged from before the renewal was sent, and never shortened', () => {
    const held = lease();
    held.renewed(5_000);
    held.renewed(2_000);
    held.confirmed(12_500);
    expect(held.maySend(12_999)).toBe(true);
    expect(held.maySend(13_000)).toBe(false);
  });

  it('wants renewal after a good third', () => {
    expect(lease().wantsRenewal(3_000)).toBe(false);
    expect(lease().wantsRenewal(4_000)).toBe(true);
  });

  it('lets nothing go once it is lost', () => {
    const held = lease();
    held.lose();
    held.renewed(5_000);
    expect(held.maySend(1_001)).toBe(false);
    expect(held.wantsRenewal(8_000)).toBe(false);
  });
});
