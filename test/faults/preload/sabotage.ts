import { rawVariable } from '#config';
import { HoldLanes, LeaseDesk, SettleDesk } from '#delivery';
import { Egress } from '#egress';
import { LaneWaker } from '#lanes';
import { Database } from '#persistence';

/**
 * Breaks one rule of the product in the process it is imported into, named by FAULTS_SABOTAGE, to see that the checker notices. Each wraps a
 * method of the build, or changes a statement's text on its way to Postgres.
 */
const SABOTAGES: Readonly<Record<string, () => void>> = {
  'settle skipped': () => {
    const { settle } = SettleDesk.prototype;
    let n = 0;
    SettleDesk.prototype.settle = function (this: SettleDesk, ...args) {
      n += 1;
      return n % 5 === 0 ? Promise.resolve(false) : settle.apply(this, args);
    };
  },
  'lease ignored': () => {
    // Whoever wants a lane takes it, as if it had been released.
    rewrite('acquire-lanes', (text) => text.replaceAll('l.lease_until > now()', 'false'));
    inheritNothing();
  },
  'fence removed': () => {
    // The fence is the lease's; a lane that has lost its lease goes on as if it had not.
    const { renew } = LeaseDesk.prototype;
    LeaseDesk.prototype.renew = async function (this: LeaseDesk, leases) {
      await renew.call(this, leases);
      return new Set(leases.map(({ endpointId }) => endpointId));
    };
    const { lanes } = HoldLanes.prototype;
    HoldLanes.prototype.lanes = function (this: HoldLanes) {
      const all = lanes.call(this);
      for (const { gate } of all) gate.lease.maySend = () => true;
      return all;
    };
  },
  'wake-up and sweep off': () => {
    LaneWaker.prototype.wake = () => undefined;
    LaneWaker.prototype.wakeFanOut = () => undefined;
  },
  'duplicate sent': () => {
    const { send } = Egress.prototype;
    let n = 0;
    Egress.prototype.send = async function (this: Egress, request) {
      n += 1;
      if (n % 10 === 0) await send.call(this, request);
      return send.call(this, request);
    };
  },
  '`granted` not inherited': () => {
    inheritNothing();
  },
};

function inheritNothing(): void {
  const { acquire } = LeaseDesk.prototype;
  LeaseDesk.prototype.acquire = async function (this: LeaseDesk, endpointId) {
    const acquired = await acquire.call(this, endpointId);
    return acquired && { ...acquired, granted: Math.max(4, acquired.granted), inherited: 0, inheritedUntil: null };
  };
}

function rewrite(statement: string, change: (text: string) => string): void {
  const { run } = Database.prototype;
  Database.prototype.run = function (this: Database, { name, text }, values) {
    return run.call(this, { name, text: name === statement ? change(text) : text }, values) as Promise<never[]>;
  };
}

const chosen = rawVariable('FAULTS_SABOTAGE');
if (chosen !== undefined) {
  const sabotage = SABOTAGES[chosen];
  if (!sabotage) throw new Error(`There is no sabotage "${chosen}"`);
  sabotage();
}
