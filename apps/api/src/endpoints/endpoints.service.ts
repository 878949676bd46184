import { Injectable } from '@nestjs/common';
import { newUuid, ProblemError } from '#core';
import type { FieldError } from '#core';
import { answerPage, invalidRequest } from '#http-kit';
import type { AnsweredPage, ListQuery } from '#http-kit';
import { LaneWaker } from '#lanes';
import { EndpointsRepository, SubscribersRepository } from '#persistence';
import type { EndpointEntity } from '#persistence';
import { ApiClock } from '../api-clock.js';
import { ApiLimits } from '../api-limits.js';
import { AuditTrail } from '../audit-trail.js';
import type { Caller } from '../auth/caller.js';
import { notFound } from '../path-id.js';
import { schemeErrors } from '../rules/signing-secret.js';
import { isUid } from '../rules/uid.js';
import { FindSubscriber } from '../subscribers/find-subscriber.js';
import { isReservedSubscriber } from '../subscribers/reserved-subscriber.js';
import { Transactions } from '../transactions.js';
import { CancelPending } from './cancel-pending.js';
import type {
  CreateEndpointDto,
  EndpointFieldsBody,
  PatchEndpointDto,
  PutEndpointDto,
} from './dto/endpoint-fields.dto.js';
import { toEndpoint } from './dto/endpoint.dto.js';
import type { CreatedEndpointDto, EndpointDto } from './dto/endpoint.dto.js';
import type { ListEndpointsQuery } from './dto/list-endpoints.query.js';
import { draftEndpoint, ENDPOINT_DEFAULTS } from './endpoint-draft.js';
import type { EndpointDraft } from './endpoint-draft.js';
import { EndpointHeaders } from './endpoint-headers.js';
import { FindEndpoint } from './find-endpoint.js';
import { SecretKeeper } from './secret-keeper.js';

const NO_HEADERS = { headersSealed: null, headerNames: [] };

/** A request's body, and what the address guard has against its URL. */
export type Wanted<Body> = Body & { urlRefusal: FieldError | null };

@Injectable()
export class EndpointsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly endpoints: EndpointsRepository,
    private readonly subscribers: SubscribersRepository,
    private readonly findSubscriber: FindSubscriber,
    private readonly findEndpoint: FindEndpoint,
    private readonly headers: EndpointHeaders,
    private readonly secrets: SecretKeeper,
    private readonly cancelPending: CancelPending,
    private readonly waker: LaneWaker,
    private readonly audit: AuditTrail,
    private readonly limits: ApiLimits,
    private readonly clock: ApiClock,
  ) {}

  async create(caller: Caller, subscriber: string, body: Wanted<CreateEndpointDto>): Promise<CreatedEndpointDto> {
    const created = await this.transactions.run(() => this.insert(caller, subscriber, body.uid ?? null, body));
    if (created === null) {
      throw new ProblemError('uid_taken', {
        errors: [{ pointer: '/uid', code: 'uid_taken', detail: 'the subscriber has an endpoint with this uid' }],
      });
    }
    return created;
  }

  async put(
    caller: Caller,
    subscriber: string,
    uid: string,
    body: Wanted<PutEndpointDto>,
  ): Promise<{ endpoint: EndpointDto; created: boolean }> {
    if (!isUid(uid))
      throw invalidRequest([
        { pointer: '', code: 'uid_invalid', detail: 'the uid in the path must be 1 to 128 of A-Z a-z 0-9 . _ -' },
      ]);
    return this.transactions.run(async () => {
      const owner = await this.findSubscriber.inPath(caller, subscriber);
      const existing = await this.endpoints.findByUid(owner.id, uid);
      if (existing !== null) return { endpoint: await this.replace(caller, existing.id, body), created: false };
      const created = await this.insert(caller, subscriber, uid, body);
      if (created !== null) return { endpoint: created, created: true };
      // A twin was faster; the insert has waited for it.
      const twin = await this.endpoints.findByUid(owner.id, uid);
      if (twin === null) throw notFound('endpoint');
      return { endpoint: await this.replace(caller, twin.id, body), created: false };
    });
  }

  async patch(caller: Caller, id: string, body: Wanted<PatchEndpointDto>): Promise<EndpointDto> {
    return this.transactions.run(async () => {
      const current = await this.findEndpoint.locked(caller, id);
      const draft = this.allowed(body, current);
      await this.secrets.follow(caller, current, draft.signature, null);
      return this.update(current, { ...draft, ...this.headers.patch(current.id, body.headers, current) });
    });
  }

  async get(caller: Caller, id: string): Promise<EndpointDto> {
    return toEndpoint(await this.findEndpoint.inPath(caller, id));
  }

  async listOfSubscriber(caller: Caller, subscriber: string, query: ListQuery): Promise<AnsweredPage<EndpointDto>> {
    return this.page(caller, query, (await this.findSubscriber.inPath(caller, subscriber)).id, null);
  }

  async list(caller: Caller, query: ListEndpointsQuery): Promise<AnsweredPage<EndpointDto>> {
    const wanted =
      query.subscriber === undefined
        ? caller.subscriberId
        : await this.findSubscriber.inFilter(caller, query.subscriber);
    return this.page(caller, query, wanted, query.state ?? null);
  }

  /** What is pending ends with it; its history stays for the retention. */
  async delete(caller: Caller, id: string): Promise<void> {
    const endpointId = await this.transactions.run(async () => {
      const row = await this.findEndpoint.locked(caller, id);
      await this.endpoints.markDeleted(row.id);
      await this.audit.record(caller, { action: 'endpoint.deleted', targetKind: 'endpoint', targetId: row.id });
      return row.id;
    });
    await this.cancelPending.ofDeleted([endpointId]);
  }

  /** Null when the subscriber has an endpoint of that uid. */
  private async insert(
    caller: Caller,
    subscriber: string,
    uid: string | null,
    body: Wanted<PutEndpointDto>,
  ): Promise<CreatedEndpointDto | null> {
    const owner = await this.findSubscriber.inPath(caller, subscriber);
    const draft = this.allowed(body, { ...ENDPOINT_DEFAULTS, url: body.url });
    // Held so that the subscriber cannot be deleted under its new endpoint.
    if ((await this.subscribers.lock(caller.tenantId, owner.id, 'for_key_share')) === null)
      throw notFound('subscriber');
    const now = this.clock.now();
    const id = newUuid(now);
    const system = isReservedSubscriber(owner.uid);
    const identity = { id, tenantId: caller.tenantId, subscriberId: owner.id, uid, system, createdAt: new Date(now) };
    const headers = this.headers.replace(id, body.headers, NO_HEADERS);
    if (!(await this.endpoints.insert({ ...identity, ...draft, ...headers }))) return null;
    const secret = await this.secrets.add(id, draft.signature, body.secret ?? null);
    await this.audit.record(caller, { action: 'endpoint.created', targetKind: 'endpoint', targetId: id });
    return Object.assign(await this.reread(caller.tenantId, id), secret);
  }

  private async replace(caller: Caller, id: string, body: Wanted<PutEndpointDto>): Promise<EndpointDto> {
    const current = await this.endpoints.lock(caller.tenantId, id);
    if (current === null) throw notFound('endpoint');
    const draft = this.allowed(body, { ...ENDPOINT_DEFAULTS, url: body.url });
    await this.secrets.follow(caller, current, draft.signature, body.secret ?? null);
    return this.update(current, { ...draft, ...this.headers.replace(id, body.headers, current) });
  }

  private async update(
    current: EndpointEntity,
    fields: EndpointDraft & Pick<EndpointEntity, 'headersSealed' | 'headerNames'>,
  ): Promise<EndpointDto> {
    if (fields.url === current.url) await this.endpoints.update(current.id, fields);
    else await this.endpoints.move(current.id, fields);
    this.transactions.afterCommit(() => {
      this.waker.wake([current.id]);
    });
    return this.reread(current.tenantId, current.id);
  }

  private async reread(tenantId: string, id: string): Promise<EndpointDto> {
    const row = await this.endpoints.find(tenantId, id);
    if (row === null) throw notFound('endpoint');
    return toEndpoint(row);
  }

  /** The endpoint after the request, as far as the tenant's policy and this installation allow it. */
  private allowed({ urlRefusal, ...body }: Wanted<EndpointFieldsBody>, current: EndpointDraft): EndpointDraft {
    const draft = draftEndpoint(body, current);
    const errors: FieldError[] = schemeErrors(body.secret, draft.signature);
    if (urlRefusal !== null) errors.push(urlRefusal);
    const { maxRetryWindowSeconds } = this.limits;
    if ((body.retryPolicy?.giveUpAfterSeconds ?? null) === null)
      draft.giveUpAfterSeconds = Math.min(draft.giveUpAfterSeconds, maxRetryWindowSeconds);
    else if (draft.giveUpAfterSeconds > maxRetryWindowSeconds) {
      errors.push({
        pointer: '/retryPolicy/giveUpAfterSeconds',
        code: 'out_of_range',
        detail: `must not be greater than ${maxRetryWindowSeconds} here`,
      });
    }
    if (errors.length > 0) throw invalidRequest(errors);
    return draft;
  }

  private async page(
    caller: Caller,
    query: ListQuery,
    subscriberId: string | null,
    state: EndpointEntity['state'] | null,
  ): Promise<AnsweredPage<EndpointDto>> {
    const filter = { tenantId: caller.tenantId, subscriberId, state };
    return answerPage(
      query,
      { list: 'endpoints', ...filter },
      {
        load: (page) => this.endpoints.list(filter, page),
        position: (row) => row.id,
        entries: (rows) => rows.map(toEndpoint),
      },
    );
  }
}
