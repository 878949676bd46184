import { ClaimDesk, LeaseDesk, SettleDesk } from '#delivery';
import { LaneWaker } from '#lanes';
import type { KillPoint } from './kill-point.js';

/**
 * Imported into an app before its own program: kills it at the point it is told, the next time it comes by. It wraps methods of the build
 * that runs anyway, so the product itself knows of no such points.
 */
let armed: KillPoint | null = null;

process.on('message', (order: { arm?: KillPoint }) => {
  if (order.arm !== undefined) armed = order.arm;
});

function dieAt(point: KillPoint): void {
  if (armed === point) process.kill(process.pid, 'SIGKILL');
}

const { settle } = SettleDesk.prototype;
SettleDesk.prototype.settle = function (this: SettleDesk, ...args) {
  dieAt('after send, before settle');
  return settle.apply(this, args);
};

const { claim } = ClaimDesk.prototype;
ClaimDesk.prototype.claim = function (this: ClaimDesk, ...args) {
  const answer = claim.apply(this, args);
  // The statement is with Postgres; nobody will hear its answer.
  if (armed === 'in mid-claim') setTimeout(dieAt, 1, 'in mid-claim');
  return answer;
};

const { release } = LeaseDesk.prototype;
LeaseDesk.prototype.release = async function (this: LeaseDesk, ...args) {
  const released = await release.apply(this, args);
  dieAt('between lease release and job end');
  return released;
};

const { wake } = LaneWaker.prototype;
LaneWaker.prototype.wake = function (this: LaneWaker, ...args) {
  dieAt('after commit, before wake');
  wake.apply(this, args);
};
