import fc from 'fast-check';
import { TargetCounts } from './target-counts.js';
import { TargetPermit } from './target-permit.js';

/** Room at targets without anybody who waits. */
class Rooms extends TargetCounts {
  mayTake(key: string): boolean {
    return this.hasRoom(key);
  }
}

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '192.0.2.3';
const ADDRESSES = [A, B, C];
const DOMAINS = ['one.example', 'two.example'];
const KEYS = [...DOMAINS, ...ADDRESSES];

/** A permit for a request to a name, or to an address; null when there is no room. */
function permitted(rooms: Rooms, domain: string | null, address: string | null, heard: string[] = []) {
  const keys = [domain, address].filter((key) => key !== null);
  if (!keys.every((key) => rooms.mayTake(key))) return null;
  for (const key of keys) rooms.take(key);
  return new TargetPermit(rooms, domain, address, (key) => heard.push(key));
}

/** Requests at any stage, and where each must be counted by what its permit has answered. */
class World {
  readonly rooms = new Rooms(3);
  private readonly requests: { permit: TargetPermit; domain: string | null; at: readonly string[] }[] = [];

  begin(domain: string | null, address: string | null): void {
    const permit = permitted(this.rooms, domain, address);
    if (permit) this.requests.push({ permit, domain, at: address === null ? [] : [address] });
  }

  connect(which: number, addresses: readonly string[]): void {
    const request = this.requests[which % this.requests.length];
    if (request) request.at = request.permit.mayConnect(addresses);
  }

  start(which: number, address: string): void {
    const request = this.requests[which % this.requests.length];
    if (request?.permit.mayStart(address)) request.at = [address];
  }

  /** What a name server or a socket says of it afterwards changes nothing. */
  end(which: number): void {
    const [request] = this.requests.splice(which % this.requests.length, 1);
    request?.permit.end();
    expect(request?.permit.mayConnect(ADDRESSES) ?? []).toEqual([]);
  }

  endAll(): void {
    while (this.requests.length > 0) this.end(0);
  }

  counted(): number[] {
    return KEYS.map((key) => this.rooms.count(key));
  }

  held(): number[] {
    return KEYS.map((key) => this.requests.filter(({ domain, at }) => domain === key || at.includes(key)).length);
  }
}

describe('the room of a request at its target', () => {
  it('is under its domain and under the address it is written to', () => {
    const rooms = new Rooms(10);
    const permit = permitted(rooms, 'one.example', null)!;
    expect(permit.mayConnect([A, B])).toEqual([A, B]);
    expect([rooms.count(A), rooms.count(B)]).toEqual([1, 1]);
    expect(permit.mayStart(B)).toBe(true);
    expect(['one.example', A, B].map((key) => rooms.count(key))).toEqual([1, 0, 1]);
    permit.end();
    expect(rooms.size).toBe(0);
  });

  it('is at those addresses only that have room', () => {
    const rooms = new Rooms(1);
    permitted(rooms, null, A);
    const permit = permitted(rooms, 'one.example', null)!;
    expect(permit.mayConnect([A, B])).toEqual([B]);
    expect(permit.mayStart(A)).toBe(false);
    expect(rooms.count(A)).toBe(1);
  });

  it('is none where every address is full, and says at which it would have been', () => {
    const rooms = new Rooms(1);
    permitted(rooms, null, A);
    permitted(rooms, null, B);
    const heard: string[] = [];
    expect(permitted(rooms, 'one.example', null, heard)!.mayConnect([B, A])).toEqual([]);
    expect(heard).toEqual([B]);
  });

  it('goes with the request to another address than the one it was last at', () => {
    const rooms = new Rooms(10);
    const permit = permitted(rooms, 'one.example', A)!;
    expect(permit.mayConnect([B])).toEqual([B]);
    expect([rooms.count(A), rooms.count(B)]).toEqual([0, 1]);
  });

  it('is one for all addresses of one /64', () => {
    const rooms = new Rooms(1);
    expect(permitted(rooms, 'one.example', null)!.mayConnect(['2606:4700::1', '2606:4700::2'])).toHaveLength(2);
    expect(permitted(rooms, 'two.example', null)!.mayConnect(['2606:4700::3'])).toEqual([]);
  });

  it('is not taken by an answer that comes after the end', () => {
    const rooms = new Rooms(10);
    const permit = permitted(rooms, 'one.example', null)!;
    permit.end();
    permit.end();
    expect([permit.mayConnect([A]), permit.mayStart(A), rooms.size]).toEqual([[], false, 0]);
  });

  const act = fc.oneof(
    fc
      .record({
        domain: fc.constantFrom(null, ...DOMAINS),
        address: fc.option(fc.constantFrom(...ADDRESSES)),
      })
      .map(
        ({ domain, address }) =>
          (world: World) =>
            world.begin(domain, domain === null ? (address ?? A) : address),
      ),
    fc.tuple(fc.nat(), fc.subarray(ADDRESSES, { minLength: 1 })).map(
      ([which, addresses]) =>
        (world: World) =>
          world.connect(which, addresses),
    ),
    fc.tuple(fc.nat(), fc.constantFrom(...ADDRESSES)).map(
      ([which, address]) =>
        (world: World) =>
          world.start(which, address),
    ),
    fc.nat().map((which) => (world: World) => world.end(which)),
    fc.integer({ min: 1, max: 4 }).map((limit) => (world: World) => (world.rooms.limit = limit)),
  );

  it('is counted exactly, never above the limit, through any sequence of beginnings, connections and ends', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
        const world = new World();
        for (const one of acts) {
          const before = world.held();
          one(world);
          expect(world.counted()).toEqual(world.held());
          world.held().forEach((held, n) => {
            expect(held).toBeLessThanOrEqual(Math.max(world.rooms.limit, before[n]!));
          });
        }
        world.endAll();
        expect(world.rooms.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
