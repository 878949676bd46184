/** A tenant holds at most so many times what is free: alone, four fifths. */
const TENANT_TIMES_FREE = 4;
/** A lane holds at most so many times what is free: alone, half. */
const LANE_TIMES_FREE = 1;
/** The last part that is free is for tenants within their share, whatever the number of one tenant's lanes. */
const KEPT_FREE = 1 / 8;

/**
 * Who may take how much of one bounded resource: dynamic thresholds (Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory
 * Packet Switches", 1998). The more is free the more each may hold, so a few users get nearly everything, many get little, and whoever
 * comes new always finds something free. Nothing is set aside for anybody, and nothing has to be known about who will come.
 *
 * What comes in pieces (a payload, a request) passes at least one by one: a tenant or a lane that holds nothing may take any piece that
 * fits. A lane that holds nothing, of a tenant above its share, is let in down to the last eighth.
 */
export class FairShares {
  private readonly tenants = new Map<string, number>();
  private readonly lanes = new Map<string, number>();
  private held = 0;

  constructor(private readonly limit: number) {}

  get used(): number {
    return this.held;
  }

  /** Never negative: one piece larger than the limit passes when nothing is held. */
  get free(): number {
    return Math.max(0, this.limit - this.held);
  }

  /** Lanes that hold something. */
  get users(): number {
    return this.lanes.size;
  }

  mayTake(tenantId: string, laneId: string, amount: number): boolean {
    if (this.held === 0) return true;
    return amount <= this.free && !this.isExhausted(tenantId, laneId, amount);
  }

  /** True: the lane or its tenant already holds its share, and others come first. False: at most room is missing. */
  isExhausted(tenantId: string, laneId: string, amount: number): boolean {
    if (this.held === 0) return false;
    const ofLane = this.lanes.get(laneId) ?? 0;
    if (ofLane > 0 && ofLane + amount > LANE_TIMES_FREE * this.free) return true;
    const ofTenant = this.tenants.get(tenantId) ?? 0;
    if (ofTenant === 0 || ofTenant + amount <= TENANT_TIMES_FREE * this.free) return false;
    return ofLane > 0 || this.free - amount < this.limit * KEPT_FREE;
  }

  take(tenantId: string, laneId: string, amount: number): void {
    this.held += amount;
    add(this.tenants, tenantId, amount);
    add(this.lanes, laneId, amount);
  }

  giveBack(tenantId: string, laneId: string, amount: number): void {
    this.held -= amount;
    add(this.tenants, tenantId, -amount);
    add(this.lanes, laneId, -amount);
  }
}

function add(held: Map<string, number>, id: string, amount: number): void {
  const now = (held.get(id) ?? 0) + amount;
  if (now > 0) held.set(id, now);
  else held.delete(id);
}
