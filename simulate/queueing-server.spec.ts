import { QueueingServer } from './queueing-server.js';

const exactly = () => 0.5; // the service time as it was given

describe('a server with workers and a queue', () => {
  it('serves at once while a worker is free, then in turn, and refuses when its queue is full', () => {
    const server = new QueueingServer(2, 100, 2, exactly);
    const replies = [0, 0, 0, 0, 0].map((now) => server.receive(now));
    expect(replies.map(({ status, afterMs }) => [status, afterMs])).toEqual([
      [200, 100],
      [200, 100],
      [200, 200],
      [200, 200],
      [503, 1],
    ]);
  });

  it('has room again as soon as the next one is begun', () => {
    const server = new QueueingServer(1, 100, 1, exactly);
    expect([0, 0, 0, 100, 150].map((now) => server.receive(now).status)).toEqual([200, 200, 503, 200, 503]);
  });
});
