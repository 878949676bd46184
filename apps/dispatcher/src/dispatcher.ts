import { randomUUID } from 'node:crypto';
import { SECOND, TargetShare } from '#core';
import {
  AccountHours,
  AttemptDelivery,
  ClaimDesk,
  DatabaseClock,
  EndpointProfiles,
  EventBodies,
  HoldLanes,
  InFlightBudget,
  KeepLeases,
  LaneSlots,
  LeaseDesk,
  SettleDesk,
  TargetCap,
} from '#delivery';
import { AddressGuard, Egress } from '#egress';
import { LaneHosting, LaneWaker } from '#lanes';
import {
  beatDispatcher,
  buryDeliveries,
  Database,
  databaseTime,
  removeDispatcher,
  whenDatabaseIsThere,
} from '#persistence';
import type { AccountingSummary, PendingIds } from '#persistence';
import { SecretBox } from '#signing';
import { ClockWatch } from './clock-watch.js';
import { countedHours, pendingIds, publicUrl, queueSettings, retentionDays } from './dispatcher-config.js';
import type { DispatcherConfig } from './dispatcher-config.js';
import { EventLoopLoad } from './event-loop-load.js';
import { StopSteps } from './stop-steps.js';
import { Accounting } from './timers/accounting.js';
import { Heartbeat } from './timers/heartbeat.js';
import { Periodic } from './timers/periodic.js';
import { turns } from './timers/turns.js';

/** Nobody waits for an answer here, and a busy event loop is no reason to give a connection up. */
const CONNECT_TIMEOUT_MS = 10 * SECOND;
/** Jobs fetched for each slot: of what waits in the process the slots can be shared fairly, of what waits in the queue they cannot. */
const JOBS_A_SLOT = 2;
/** A deduplicated add costs Redis 38 µs at 500 active jobs and 178 µs at 10,000. */
const MOST_JOBS = 2_000;
const CLOCK_EVERY_MS = 5 * SECOND;
/** How often our own Postgres and Redis are looked up, which deliveries must not go to. */
const OWN_ADDRESSES_EVERY_MS = 60 * SECOND;
/** Comparing this machine's clock with the time that is known costs nothing: a clock that jumps is noticed before it does harm. */
const SKEW_EVERY_MS = 250;

/**
 * One dispatcher: holds lanes, and takes its turn at the timers. Everything a process of this kind consists of is put together here, so that
 * a test can run several side by side.
 */
export class Dispatcher {
  readonly id = randomUUID();
  private readonly clock = new DatabaseClock();
  private readonly guard: AddressGuard;
  private readonly egress: Egress;
  private readonly waker: LaneWaker;
  private readonly settlements: SettleDesk;
  private readonly lanes: HoldLanes;
  private readonly hosting: LaneHosting;
  private readonly leases: KeepLeases;
  private readonly slots: LaneSlots;
  private readonly targets: TargetCap;
  private readonly heartbeat: Heartbeat;
  private readonly clockWatch: ClockWatch;
  private readonly accounting: Accounting;
  private readonly timers: Periodic[];
  private stopped: Promise<void> | null = null;

  private constructor(
    private readonly config: DispatcherConfig,
    private readonly database: Database,
    private readonly onError: (error: Error) => void,
    tell: (message: string) => void,
  ) {
    const queue = queueSettings(config);
    this.guard = new AddressGuard(config, config.egress.connectTimeoutMs);
    this.egress = new Egress({
      ...config.egress,
      clock: this.clock,
      guard: this.guard,
      idleTimeoutMs: config.egress.idleMs,
    });
    this.waker = LaneWaker.open(queue, onError);
    this.settlements = new SettleDesk(database, onError, (endpointIds) => {
      this.waker.wake(endpointIds);
    });
    const desk = new LeaseDesk(database, this.id, config.lane.leaseMs, () => this.pendingIds());
    this.slots = new LaneSlots(config.queue.concurrency, config.flow.sliceMs, () => this.clock.monotonic());
    this.targets = new TargetCap(new TargetShare(config.egress.maxPerTarget), () => this.clock.monotonic());
    this.lanes = this.makeLanes(desk);
    this.leases = new KeepLeases(desk, this.clock, (endpointId) => this.lanes.find(endpointId), onError);
    const concurrency = Math.min(MOST_JOBS, JOBS_A_SLOT * config.queue.concurrency);
    this.hosting = new LaneHosting(
      { ...queue, ...config.queue, concurrency },
      this.lanes,
      () => this.waker.ping(),
      onError,
    );
    this.heartbeat = this.makeHeartbeat();
    this.clockWatch = new ClockWatch(this.clock, this.lanes, this.hosting, tell);
    this.accounting = new Accounting(database, this.clock, this.id, new AccountHours(database, countedHours(config)));
    this.timers = this.makeTimers();
  }

  /** Connects and starts. Throws the database's error when it cannot be reached. `tell`: what an operator should know and is no error. */
  static async start(
    config: DispatcherConfig,
    onError: (error: Error) => void,
    tell: (message: string) => void = () => undefined,
  ): Promise<Dispatcher> {
    const { url, poolSize, statementTimeoutMs } = config.database;
    const database = await Database.open({
      url,
      appName: 'posthorn-dispatcher',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      poolSize,
      statementTimeoutMs,
      waits: true,
      onError,
    });
    const dispatcher = new Dispatcher(config, database, onError, tell);
    await dispatcher.guard.learnOwnAddresses();
    await whenDatabaseIsThere(() => dispatcher.learnTime(), onError);
    dispatcher.clockWatch.look();
    for (const timer of dispatcher.timers) timer.start();
    dispatcher.hosting.start();
    return dispatcher;
  }

  /** What readiness looks at. */
  async ready(): Promise<void> {
    await this.database.ping();
    this.clockWatch.expectRight();
  }

  /** Lanes held, those of them that wait for room at their target, and requests in flight now. */
  load(): { lanes: number; waiting: number; inFlight: number } {
    const lanes = this.lanes.lanes();
    const { waiting } = this.targets;
    return { lanes: lanes.length, waiting, inFlight: lanes.reduce((sum, lane) => sum + lane.inFlight, 0) };
  }

  /** What the books of accounting say; null: not known yet. */
  books(): AccountingSummary | null {
    return this.accounting.summary;
  }

  /**
   * Claims nothing more, finishes what is in flight within the time limit, settles and releases. What is then still in flight is abandoned: its
   * deliveries stay pending, and its lanes pass when their leases end.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopInOrder();
    return this.stopped;
  }

  private async stopInOrder(): Promise<void> {
    const steps = new StopSteps(this.config.shutdown.timeoutMs);
    this.hosting.hold('stopping');
    const finished = this.lanes.stop();
    // At once: as long as it is counted, the others take what it gives up for more than their share.
    const left = steps.run(() => this.leaveOthers());
    const inTime = await steps.run(() => finished, 0);
    if (!inTime) this.settlements.giveUp();
    this.leases.stop();
    await Promise.all([
      left,
      ...this.timers.map((timer) => steps.run(() => timer.stop())),
      steps.run(() => this.egress.close(inTime ? {} : { graceMs: 0 })),
      // What was cut off releases its lane if Postgres answers: somebody else then needs not wait for the lease to end.
      inTime || steps.run(() => finished),
    ]);
    this.guard.close();
    await steps.run(() => this.hosting.close());
    await steps.run(() => this.waker.close());
    await steps.run(() => this.database.close());
    steps.end();
  }

  /** Not worth a failed stop: whoever does not beat is soon not counted. */
  private async leaveOthers(): Promise<void> {
    await this.heartbeat.leave().catch((error: unknown) => {
      this.onError(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private makeLanes(desk: LeaseDesk): HoldLanes {
    const { config, database, clock, onError } = this;
    return new HoldLanes({
      database,
      desk,
      leaseMs: config.lane.leaseMs,
      wake: (endpointIds) => {
        this.waker.wake(endpointIds);
      },
      services: {
        clock,
        onError,
        flowSettings: config.flow,
        disabling: config.disabling,
        freshWithinMs: config.flow.freshWithinMs,
        slots: this.slots,
        targets: this.targets,
        inFlight: new InFlightBudget(config.egress.maxSockets),
        renewSoon: (endpointId) => {
          this.leases.renewSoon(endpointId);
        },
        claims: new ClaimDesk(database, clock, () => this.pendingIds()),
        bodies: new EventBodies(database, config.delivery.payloadBudgetBytes),
        attempts: new AttemptDelivery({
          clock,
          egress: this.egress,
          publicUrl: publicUrl(config),
          userAgent: USER_AGENT,
        }),
        settlements: this.settlements,
        profiles: new EndpointProfiles(database, new SecretBox(config.secrets.masterKeys)),
        buryExpiredPayloads: (lane, ids) => buryDeliveries(database, lane, ids, 'payload_expired'),
      },
    });
  }

  private makeHeartbeat(): Heartbeat {
    const { database, id } = this;
    const loop = new EventLoopLoad();
    return new Heartbeat(this.lanes, this.hosting, {
      busy: () => loop.sinceLast(),
      beat: (lanes, busy) => beatDispatcher(database, { id, lanes, busy }),
      heard: (live) => this.targets.shareAmong(live),
      remove: () => removeDispatcher(database, id),
    });
  }

  private makeTimers(): Periodic[] {
    const { database, id, clock, accounting, onError } = this;
    const { lane } = this.config;
    return [
      new Periodic(lane.renewEveryMs, () => this.keepLanes(), onError),
      new Periodic(lane.heartbeatMs, () => this.heartbeat.round(), onError),
      ...turns({
        database,
        clock,
        id,
        lane,
        accounting,
        onError,
        retentionDays: retentionDays(this.config),
        pendingIds: () => this.pendingIds(),
        wake: (endpointIds) => {
          this.waker.wake(endpointIds);
        },
      }),
      new Periodic(OWN_ADDRESSES_EVERY_MS, () => this.guard.learnOwnAddresses(), onError),
      new Periodic(CLOCK_EVERY_MS, () => this.learnTime(), onError),
      new Periodic(SKEW_EVERY_MS, () => this.clockWatch.round(), onError),
    ];
  }

  private async keepLanes(): Promise<void> {
    this.slots.tick();
    await this.leases.round(this.lanes.lanes());
  }

  private pendingIds(): PendingIds {
    return pendingIds(this.config, this.clock.now());
  }

  private async learnTime(): Promise<void> {
    const sentAt = this.clock.monotonic();
    const now = await databaseTime(this.database);
    this.clock.learn(now, sentAt, this.clock.monotonic());
  }
}

const USER_AGENT = 'Posthorn/0.1.0';
