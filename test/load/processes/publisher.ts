import { setTimeout as delay } from 'node:timers/promises';
import { loadGroups } from '#config';
import { encodeId } from '#core';
import { PublishEvents } from '#delivery';
import { LaneWaker } from '#lanes';
import { Database } from '#persistence';
import type { PublisherOrder, TimedData } from './messages.js';

/** Publishes at an even pace in a process of its own. Its only argument is the tenant; an order is answered when its last event is committed. */
const [, , tenantId = ''] = process.argv;
const config = loadGroups(['database', 'queue', 'publish']);
const database = await Database.open({
  ...{ url: config.database.url, appName: 'load-publisher', poolSize: 5, statementTimeoutMs: 30_000 },
});
const { redisUrl, name, prefix } = config.queue;
const waker = LaneWaker.open({ redisUrl, databaseUrl: config.database.url, name, prefix }, () => undefined);
const publisher = new PublishEvents(database, waker, config.publish);

function publish(subscriberId: string, round: number): Promise<unknown> {
  const data: TimedData = { at: Date.now(), round };
  return publisher.publish(tenantId, [
    {
      recipient: { kind: 'subscriber', idOrUid: encodeId('subscriber', subscriberId) },
      ...{ type: 'order.placed', timestamp: null, payloadKind: 'data', idempotencyKey: null, pointer: '' },
      payload: Buffer.from(JSON.stringify(data)),
    },
  ]);
}

async function stream(
  { subscriberIds, perSecond }: PublisherOrder['streams'][number],
  order: PublisherOrder,
): Promise<number> {
  const count = Math.round((order.forMs * perSecond) / 1_000);
  const begun = performance.now();
  const commits: Promise<unknown>[] = [];
  for (let n = 0; n < count; n += 1) {
    const ahead = begun + (n * 1_000) / perSecond - performance.now();
    if (ahead > 0) await delay(ahead);
    commits.push(publish(subscriberIds[n % subscriberIds.length] ?? '', order.round));
  }
  await Promise.all(commits);
  return count;
}

process.on('message', (order: PublisherOrder) => {
  void Promise.all(order.streams.map((each) => stream(each, order))).then((counts) => process.send?.(counts));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
