import { Injectable } from '@nestjs/common';
import { DAY, HOUR, SECOND, disablesAt, laneState, uuidFloor } from '#core';
import type { LaneState } from '#core';
import {
  Database,
  endpointHealth,
  lastAttempts,
  pauseBegan,
  plannedByIndex,
  sampleArrivals,
  scanBacklog,
} from '#persistence';
import type { Backlog, EndpointEntity, LaneHealth } from '#persistence';
import { ApiLimits } from '../api-limits.js';
import type { Caller } from '../auth/caller.js';
import { toEndpointHealth } from './dto/endpoint-health.dto.js';
import type { EndpointHealthDto } from './dto/endpoint-health.dto.js';
import { FindEndpoint } from './find-endpoint.js';
import { LaneRules } from './lane-rules.js';
import { viewLane } from './lane-view.js';
import type { LaneView } from './lane-view.js';

/** Tells how an endpoint is doing from what is stored: nobody is asked, and nothing is kept for the asking. */
@Injectable()
export class EndpointHealthService {
  constructor(
    private readonly database: Database,
    private readonly findEndpoint: FindEndpoint,
    private readonly limits: ApiLimits,
    private readonly rules: LaneRules,
  ) {}

  async get(caller: Caller, id: string): Promise<EndpointHealthDto> {
    const endpoint = await this.findEndpoint.inPath(caller, id);
    return plannedByIndex(this.database, () => this.read(endpoint));
  }

  private async read(endpoint: EndpointEntity): Promise<EndpointHealthDto> {
    const lane = await endpointHealth(this.database, endpoint.id);
    const view = viewLane(endpoint, lane, this.rules);
    const backlog = await this.scan(endpoint.id, lane.now, view);
    return toEndpointHealth({
      endpoint,
      view,
      backlog,
      state: await this.state(endpoint, lane, view, backlog),
      arrivalPerSecond: await sampleArrivals(this.database, endpoint.id, lane.now, this.rules.flow.countedMs),
      blockedBy: endpoint.ordering === 'fifo' && waitsForHead(view) ? lane.headId : null,
      disablesAt: this.disablesAt(endpoint, view),
    });
  }

  private scan(endpointId: string, now: number, { turnsBeginAt, drainPerSecond }: LaneView): Promise<Backlog> {
    const secondsApart = drainPerSecond > 0 ? 1 / drainPerSecond : 0;
    const longest = this.limits.maxRetryWindowSeconds * SECOND + DAY;
    const ids = { oldest: uuidFloor(now - longest), newest: uuidFloor(now + HOUR) };
    return scanBacklog(this.database, { endpointId, now, turnsBeginAt, secondsApart }, ids);
  }

  private async state(
    endpoint: EndpointEntity,
    lane: LaneHealth,
    view: LaneView,
    { due }: Backlog,
  ): Promise<LaneState> {
    const { state, stateReason, stateSince } = endpoint;
    const pause = view.pause && { ...view.pause, since: await this.pausedSince(endpoint, lane, view.pause) };
    const { now, held } = lane;
    return laneState({
      ...view,
      now,
      held,
      due,
      pause,
      endpoint: { state, reason: stateReason, since: stateSince.getTime() },
    });
  }

  /** A breaker knows it itself. */
  private async pausedSince(
    endpoint: EndpointEntity,
    { headId }: LaneHealth,
    { reason, until }: NonNullable<LaneView['pause']>,
  ): Promise<number | null> {
    if (endpoint.state !== 'active' || reason === 'breaker') return null;
    if (reason === 'retry_after') return pauseBegan(this.database, endpoint.id, until);
    const [last] = headId === null ? [] : await lastAttempts(this.database, [headId]);
    return last === undefined ? null : last.startedAt.getTime() + last.durationMs;
  }

  /** What sends nothing cannot fail either. */
  private disablesAt(endpoint: EndpointEntity, { failures }: LaneView): number | null {
    if (endpoint.state !== 'active') return null;
    const starts = [endpoint.createdAt, endpoint.resumedAt, endpoint.movedAt].map((time) => time?.getTime() ?? 0);
    return disablesAt(failures, Math.max(...starts), this.rules.disabling);
  }
}

/** Another pause may last longer than the head's. */
const waitsForHead = ({ flow, pause }: LaneView): boolean => flow?.order !== undefined || pause?.reason === 'order';
