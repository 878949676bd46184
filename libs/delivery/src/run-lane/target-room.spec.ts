import { setImmediate as turn } from 'node:timers/promises';
import { TargetShare } from '#core';
import type { TargetKeys } from '#core';
import { TargetCap } from '../share-process/target-cap.js';
import { TargetRoom } from './target-room.js';

const ADDRESS = '192.0.2.1';
const nothing = (): void => undefined;

describe('a lane’s room at its target', () => {
  let cap: TargetCap;
  let target: TargetKeys;

  beforeEach(() => {
    cap = new TargetCap(new TargetShare(1), () => 0);
    cap.shareAmong(1);
    target = { domain: 'one.example', address: null };
  });

  const roomOf = (tenantId: string, whenRoom = nothing): TargetRoom =>
    new TargetRoom(cap, { tenantId, target: () => target }, whenRoom);

  it('goes with the request that begins, until that is over', async () => {
    const [first, second] = [roomOf('a'), roomOf('b')];
    expect([first.enter(), second.enter(), second.waits]).toEqual([true, false, true]);
    const permit = first.begin();
    await turn();
    expect(second.waits).toBe(true);
    permit.end();
    await turn();
    expect([second.waits, second.enter()]).toEqual([false, true]);
  });

  it('is kept while nothing but a slot is missing, and passes to the next when nothing can be begun', async () => {
    const [first, second] = [roomOf('a'), roomOf('b')];
    expect([first.enter(), first.enter(), second.enter()]).toEqual([true, true, false]);
    await turn();
    expect(second.waits).toBe(true);
    first.pass();
    await turn();
    expect(second.enter()).toBe(true);
  });

  it('is waited for in the line, whatever else the lane cannot do meanwhile', async () => {
    const rooms = ['a', 'b', 'c'].map((tenantId) => roomOf(tenantId));
    for (const room of rooms) room.enter();
    rooms[1]!.pass();
    rooms[0]!.begin().end();
    await turn();
    expect(rooms.map((room) => room.waits)).toEqual([false, false, true]);
  });

  it('is nobody’s when the lane ends: neither what it has nor its place', async () => {
    const rooms = ['a', 'b', 'c'].map((tenantId) => roomOf(tenantId));
    for (const room of rooms) room.enter();
    rooms[1]!.leave();
    rooms[0]!.leave();
    await turn();
    expect(rooms[2]!.enter()).toBe(true);
    rooms[2]!.leave();
    expect([cap.targets, cap.waiting]).toEqual([0, 0]);
  });

  it('is waited for at the address where its last request was refused, before the next begins', async () => {
    cap.take(ADDRESS);
    const room = roomOf('a');
    room.enter();
    const permit = room.begin();
    expect(permit.mayConnect([ADDRESS])).toEqual([]);
    permit.end();
    expect([room.enter(), room.keys]).toEqual([false, ['one.example', ADDRESS]]);
    cap.giveBack(ADDRESS);
    await turn();
    expect(room.enter()).toBe(true);
  });

  it('is looked for anew when the endpoint has moved: neither the line nor the address of before counts', () => {
    const holder = roomOf('h');
    holder.enter();
    const room = roomOf('a');
    expect(room.enter()).toBe(false);
    target = { domain: 'two.example', address: null };
    expect([room.waits, room.enter(), room.keys]).toEqual([false, true, ['two.example']]);
  });

  it('is under the address alone when the URL has one', () => {
    target = { domain: null, address: ADDRESS };
    const room = roomOf('a');
    room.enter();
    const permit = room.begin();
    expect([permit.mayConnect([ADDRESS]), permit.mayStart(ADDRESS), cap.targets]).toEqual([[ADDRESS], true, 1]);
    permit.end();
    expect(cap.targets).toBe(0);
  });
});
