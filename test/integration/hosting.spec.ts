import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LaneHosting, LaneWaker, prepareQueue } from '#lanes';
import type { HoldReason } from '#lanes';
import { createTestDatabase, describeEachBackend, testConfig } from '#testing';
import type { TestDatabase } from '#testing';
import { queueSettings } from '../../apps/dispatcher/src/dispatcher-config.js';

describeEachBackend('hosting lanes', (backend) => {
  let test: TestDatabase;
  let waker: LaneWaker;
  let hosting: LaneHosting;
  let worked: string[];
  const works = new EventEmitter();

  beforeAll(async () => {
    test = await createTestDatabase();
    const config = testConfig(test.url, backend);
    const queue = queueSettings(config);
    await prepareQueue(queue);
    waker = LaneWaker.open(queue, () => undefined);
    const lane = async (endpointId: string): Promise<void> => {
      worked.push(endpointId);
      works.emit('lane');
    };
    const handler = { lane, fanOut: async () => undefined };
    hosting = new LaneHosting(
      { ...queue, ...config.queue },
      handler,
      () => waker.ping(),
      () => undefined,
    );
    // A wake is dropped while its queue is away.
    while (!(await answers())) await nextTurn();
    hosting.start();
  });

  afterAll(async () => {
    await hosting.close();
    await waker.close();
    await test.drop();
  });

  beforeEach(() => (worked = []));

  const answers = () =>
    waker.ping().then(
      () => true,
      () => false,
    );

  /** Resolves with the lanes worked, once one was. */
  const next = async (endpointId: string): Promise<string[]> => {
    const lane = once(works, 'lane');
    waker.wake([endpointId]);
    await lane;
    return worked.splice(0);
  };

  it('goes on only when every reason to hold is gone', async () => {
    expect(await next('first')).toEqual(['first']);
    const reasons: HoldReason[] = ['share', 'skew', 'share'];
    for (const reason of reasons) hosting.hold(reason);
    expect([hosting.fetching, hosting.isAble]).toEqual([false, false]);
    hosting.resume('share');
    await waker.ping();
    expect([hosting.fetching, hosting.isAble]).toEqual([false, false]);
    hosting.resume('skew');
    hosting.resume('stopping');
    const endpointId = randomUUID();
    expect(await next(endpointId)).toEqual([endpointId]);
    expect([hosting.fetching, hosting.isAble]).toEqual([true, true]);
  });

  it('is able to take lanes while only its share holds it', async () => {
    hosting.hold('share');
    expect([hosting.fetching, hosting.isAble]).toEqual([false, true]);
    hosting.resume('share');
    expect(await next(randomUUID())).toHaveLength(1);
  });
});
