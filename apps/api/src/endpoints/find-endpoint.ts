import { Injectable } from '@nestjs/common';
import { EndpointsRepository } from '#persistence';
import type { EndpointEntity } from '#persistence';
import { sees } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { notFound, pathId } from '../path-id.js';

/** Finds an endpoint by the id in a path. What the caller may not see is not there. */
@Injectable()
export class FindEndpoint {
  constructor(private readonly endpoints: EndpointsRepository) {}

  async inPath(caller: Caller, id: string): Promise<EndpointEntity> {
    return this.visible(caller, await this.endpoints.find(caller.tenantId, pathId('endpoint', id)));
  }

  /** The same, held until the transaction ends. */
  async locked(caller: Caller, id: string): Promise<EndpointEntity> {
    return this.visible(caller, await this.endpoints.lock(caller.tenantId, pathId('endpoint', id)));
  }

  private visible(caller: Caller, row: EndpointEntity | null): EndpointEntity {
    if (row === null || !sees(caller, row.subscriberId)) throw notFound('endpoint');
    return row;
  }
}
