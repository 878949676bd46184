import type { WakeHandler } from '#lanes';
import { buryDue, fanOutEndpoints } from '#persistence';
import type { Database, LaneAcquired } from '#persistence';
import { Grant } from '../run-lane/grant.js';
import { Lane } from '../run-lane/lane.js';
import { LaneGate } from '../run-lane/lane-gate.js';
import type { LaneEnd, LaneServices } from '../run-lane/lane-services.js';
import { InvalidEndpoint } from './endpoint-profiles.js';
import { Lease } from './lease.js';
import type { LeaseDesk } from './lease-desk.js';

export interface HoldLanesOptions {
  database: Database;
  desk: LeaseDesk;
  services: LaneServices;
  leaseMs: number;
  wake(endpointIds: Iterable<string>): void;
}

/** An endpoint looked at longer ago than this might have changed: nothing is sent before it is looked at again. */
const CONFIRMED_FOR_MS = 900;
/** A lane whose endpoint cannot be opened for a fault of ours (a missing master key) is tried again after this. */
const FAULT_PAUSE_MS = 30_000;

/** The lanes this process holds: at most one of an endpoint, opened by a wake, released when nothing is left to do. */
export class HoldLanes implements WakeHandler {
  private readonly held = new Map<string, Lane>();
  private readonly opening = new Map<string, Promise<void>>();
  private readonly releasing = new Set<Promise<void>>();
  /** Of the held, those that are being handed over. */
  private readonly leaving = new Set<Lane>();
  private stopping = false;

  constructor(private readonly options: HoldLanesOptions) {}

  /** Lanes in this process's hands. */
  lanes(): Lane[] {
    return [...this.held.values()];
  }

  /** A wake: works the lane if nobody else does. Resolves when it needs its slot no longer. */
  async lane(endpointId: string): Promise<void> {
    await this.settled(endpointId);
    const held = this.held.get(endpointId);
    if (held) {
      const free = held.slotFree();
      held.knock();
      return free;
    }
    if (this.stopping) {
      // Fetched just before fetching ended: a wake for somebody else. Nothing is fetched here any more, so it does not come back.
      this.options.wake([endpointId]);
      return;
    }
    await this.open(endpointId);
    await this.held.get(endpointId)?.slotFree();
  }

  /** One wake for every lane that an event has a delivery on. */
  async fanOut(eventId: string): Promise<void> {
    this.options.wake(await fanOutEndpoints(this.options.database, eventId));
  }

  /** The lane of that endpoint, if it is held here. */
  find(endpointId: string): Lane | undefined {
    return this.held.get(endpointId);
  }

  /** Lanes held that are not being handed over. */
  get staying(): number {
    return this.held.size - this.leaving.size;
  }

  /** Lets others have so many lanes, the longest held first: each finishes what is in flight, is released and woken. */
  handOver(count: number): void {
    for (const lane of this.held.values()) {
      if (count <= 0) return;
      if (this.leaving.has(lane)) continue;
      this.leaving.add(lane);
      lane.stop();
      count -= 1;
    }
  }

  /** Lets every lane finish what is in flight and release; resolves when all have. */
  async stop(): Promise<void> {
    this.stopping = true;
    // An acquisition that fails (its job says so) must not keep the other lanes from being released.
    await Promise.allSettled(this.opening.values());
    const ends = this.lanes().map((lane) => lane.ended);
    for (const lane of this.lanes()) lane.stop();
    await Promise.all(ends);
    await Promise.all(this.releasing);
  }

  /** An acquisition begun earlier may have been refused before what this wake is about had happened: it is not joined, but waited for. */
  private async settled(endpointId: string): Promise<void> {
    await Promise.allSettled([this.opening.get(endpointId)]);
  }

  private open(endpointId: string): Promise<void> {
    let opening = this.opening.get(endpointId);
    if (!opening) {
      opening = this.acquire(endpointId).finally(() => this.opening.delete(endpointId));
      this.opening.set(endpointId, opening);
    }
    return opening;
  }

  private async acquire(endpointId: string): Promise<void> {
    const { desk, services } = this.options;
    const sentAt = services.clock.monotonic();
    const acquired = await desk.acquire(endpointId);
    if (!acquired?.acquired) return;
    try {
      const profile = await services.profiles.get(endpointId, acquired.version);
      if (!profile) return;
      const lease = new Lease(acquired.epoch, sentAt, this.options.leaseMs, CONFIRMED_FOR_MS);
      const { granted, timeoutMs, inherited, inheritedUntil } = acquired;
      const grant = new Grant(granted, timeoutMs, inherited, inheritedUntil);
      const gate = new LaneGate(lease, grant, profile, acquired.flow, services);
      this.begin(new Lane(endpointId, gate, services));
    } catch (error) {
      await this.refuse(acquired, error);
    }
  }

  private begin(lane: Lane): void {
    this.held.set(lane.endpointId, lane);
    const over = lane.ended
      .then((end) => this.over(lane, end))
      .catch((error: unknown) => {
        this.report(error);
      });
    this.releasing.add(over);
    void over.finally(() => this.releasing.delete(over));
    lane.knock();
    if (this.stopping) lane.stop();
  }

  private async over(lane: Lane, end: LaneEnd): Promise<void> {
    this.held.delete(lane.endpointId);
    const leaves = this.leaving.delete(lane);
    if (end.kind === 'lost') {
      // Knocks went to a lane that was somebody else's, who may have heard of none of them.
      this.options.wake([lane.endpointId]);
      return;
    }
    const released = await this.options.desk.release({
      endpointId: lane.endpointId,
      epoch: lane.gate.lease.epoch,
      notBefore: end.notBefore,
      version: lane.version,
      flow: lane.gate.storable(lane.inFlight),
    });
    if (released?.goOn === false) return;
    // Lost before; or somebody knocked meanwhile, or something fell due: the lane is anybody's. This process takes it unless it is about to
    // end, or has more than its share.
    if (!released || this.stopping || leaves) this.options.wake([lane.endpointId]);
    else await this.lane(lane.endpointId);
  }

  /** The lane is ours but cannot be worked. An endpoint whose row makes no sense fails its deliveries; a fault of ours only makes them wait. */
  private async refuse(acquired: LaneAcquired, error: unknown): Promise<void> {
    const { desk, database, services } = this.options;
    const { endpointId, epoch } = acquired;
    this.report(error);
    const invalid = error instanceof InvalidEndpoint;
    if (invalid) await buryDue(database, { endpointId, epoch }, 'config_error');
    const notBefore = invalid ? null : services.clock.now() + FAULT_PAUSE_MS;
    const { version } = acquired;
    const released = await desk.release({ endpointId, epoch, notBefore, version, flow: null });
    // Burying goes in slices. By way of a wake: others get their turn between two of them.
    if (invalid && released?.goOn) this.options.wake([endpointId]);
  }

  private report(error: unknown): void {
    this.options.services.onError(error instanceof Error ? error : new Error(String(error)));
  }
}
