import { FakeClock } from './fake-clock.js';

describe('a fake clock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    clock.advance(1_500);
    clock.advanceTo(Date.parse('2026-01-01T00:00:10.000Z'));
    clock.advanceTo(0);
    expect([new Date(clock.now()).toISOString(), clock.monotonic()]).toEqual(['2026-01-01T00:00:10.000Z', 10_000]);
  });

  it('jumps in date only', () => {
    const clock = new FakeClock(0);
    clock.jump(-5_000);
    expect([clock.now(), clock.monotonic()]).toEqual([-5_000, 0]);
  });
});
