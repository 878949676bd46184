import type { Random } from '../../../simulate/random.js';
import type { Stack } from '../stack/stack.js';
import { ApiClient } from './api-client.js';
import type { EndpointPlan } from './endpoint-plan.js';
import { Publisher } from './publisher.js';
import type { PublisherOptions } from './publisher.js';
import { Receiver } from './receiver.js';

/** An endpoint of the run, with who receives for it. */
export interface Customer {
  readonly plan: EndpointPlan;
  readonly endpointId: string;
  readonly receiver: Receiver;
}

const RETRIES = { initialDelaySeconds: 0.3, factor: 1.5, maxDelaySeconds: 2 };
/** So long the failing ones are tried; then they are dead. */
const GIVES_UP_AFTER_SECONDS = 60;

/** Producers, subscribers and their endpoints: everything that happens outside. */
export class Workload {
  readonly publisher: Publisher;

  private constructor(
    /** Through the lines that can be cut, as producers are. */
    api: ApiClient,
    /** Past them. */
    readonly direct: ApiClient,
    readonly customers: readonly Customer[],
    random: Random,
    options: PublisherOptions,
  ) {
    const plans = customers.map(({ plan }) => plan);
    this.publisher = new Publisher(api, plans, random, options);
  }

  static async start(
    stack: Stack,
    plans: readonly EndpointPlan[],
    random: Random,
    options: PublisherOptions = { broadcasts: true },
  ): Promise<Workload> {
    const direct = new ApiClient(stack, false);
    const customers: Customer[] = [];
    for (const plan of plans) customers.push(await makeCustomer(direct, plan, random));
    return new Workload(new ApiClient(stack, true), direct, customers, random, options);
  }

  get receivers(): Receiver[] {
    return this.customers.map(({ receiver }) => receiver);
  }

  /** Its owner deletes an endpoint; its subscriber stays. */
  async leave({ plan, endpointId }: Customer): Promise<void> {
    this.publisher.leave(plan.uid);
    await this.direct.expect(204, 'DELETE', `/v1/endpoints/${endpointId}`);
  }

  async stop(): Promise<void> {
    await this.publisher.stop();
    await Promise.all(this.receivers.map((receiver) => receiver.stop()));
  }
}

async function makeCustomer(api: ApiClient, plan: EndpointPlan, random: Random): Promise<Customer> {
  const receiver = await Receiver.start(plan, random);
  const { uid, concurrency, ordering, timeoutMs } = plan;
  await api.expect(201, 'POST', '/v1/subscribers', { uid, name: uid });
  const made = await api.expect<{ id: string; secret: string }>(201, 'POST', `/v1/subscribers/${uid}/endpoints`, {
    ...{ url: receiver.url, concurrency, ordering, timeoutMs },
    retryPolicy: { ...RETRIES, ...(plan.heals ? {} : { giveUpAfterSeconds: GIVES_UP_AFTER_SECONDS }) },
  });
  receiver.secret = made.secret;
  return { plan, endpointId: made.id, receiver };
}
