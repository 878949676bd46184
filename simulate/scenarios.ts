import { HOUR, MINUTE, SECOND } from '#core';
import type { Reply, SimulatedEndpoint } from './endpoint.js';
import { QueueingServer } from './queueing-server.js';
import { QuotaEndpoint } from './quota-endpoint.js';
import type { Random } from './random.js';
import type { Scenario } from './scenario.js';

const SERVICE_MS = 20;
const always = () => false;

/** 5,000 requests a second; with twice as many in flight as it has workers, it refuses. */
const fastServer = (random: Random) => new QueueingServer(100, SERVICE_MS, 100, random);
/** 1,000 requests a second. */
const ordinaryServer = (random: Random) => new QueueingServer(20, SERVICE_MS, 20, random);
/** 200 requests a second. */
const slowServer = (random: Random) => new QueueingServer(4, SERVICE_MS, 4, random);

/** An endpoint that at times, as `failure` says, does something else. */
function failing(healthy: SimulatedEndpoint, failure: (now: number) => Reply | null): SimulatedEndpoint {
  return { receive: (now) => failure(now) ?? healthy.receive(now) };
}

const SPIKE_FROM = 10 * SECOND;
const SPIKE_MS = 90 * SECOND;

const spike = (
  describes: string,
  concurrency: number,
  server: Scenario['endpoint'],
  afterwardsMs: number,
): Scenario => ({
  name: 'spike',
  describes,
  concurrency,
  arrivals: [
    { perSecond: 100, forMs: SPIKE_FROM },
    { perSecond: 8_000, forMs: SPIKE_MS },
    { perSecond: 100, forMs: afterwardsMs },
  ],
  endpoint: server,
  isDown: always,
  calmFrom: SPIKE_FROM + SPIKE_MS,
});

const OUTAGE_FROM = MINUTE;
const OUTAGE_MS = 2 * HOUR;
const isOut = (now: number) => now >= OUTAGE_FROM && now < OUTAGE_FROM + OUTAGE_MS;

const outage = (describes: string, reply: Reply): Scenario => ({
  name: 'outage',
  describes: `2 h at 100 events/s, ${describes}`,
  concurrency: 10,
  arrivals: [{ perSecond: 100, forMs: OUTAGE_FROM + OUTAGE_MS + 10 * MINUTE }],
  endpoint: (random) => failing(ordinaryServer(random), (now) => (isOut(now) ? reply : null)),
  isDown: isOut,
  calmFrom: OUTAGE_FROM + OUTAGE_MS,
});

const BROWNOUT_FROM = MINUTE;
const BROWNOUT_MS = 30 * MINUTE;

function brownedOut(random: Random): SimulatedEndpoint {
  return failing(ordinaryServer(random), (now) => {
    if (now < BROWNOUT_FROM || now >= BROWNOUT_FROM + BROWNOUT_MS) return null;
    return { status: random() < 0.2 ? 503 : 200, afterMs: 5 * SECOND };
  });
}

const brownout: Scenario = {
  name: 'brownout',
  describes: '30 min of 20 % 503 and 5 s latency, 5 events/s',
  concurrency: 50,
  arrivals: [{ perSecond: 5, forMs: BROWNOUT_FROM + BROWNOUT_MS + 10 * MINUTE }],
  endpoint: brownedOut,
  isDown: always,
  calmFrom: BROWNOUT_FROM + BROWNOUT_MS,
};

const throttled: Scenario = {
  name: 'throttled',
  describes: '1,200 requests a minute, above that 429 with Retry-After: 120; 5 events/s, a minute of 100/s',
  concurrency: 10,
  arrivals: [
    { perSecond: 5, forMs: MINUTE },
    { perSecond: 100, forMs: MINUTE },
    { perSecond: 5, forMs: 30 * MINUTE },
  ],
  endpoint: () => new QuotaEndpoint(1_200, 120, SERVICE_MS),
  isDown: always,
  calmFrom: 2 * MINUTE,
};

const FLAPPING_MS = HOUR;
const FLAP_MS = 3 * MINUTE;
const isFlapped = (now: number) => now < FLAPPING_MS && Math.floor(now / FLAP_MS) % 2 === 1;

const flapping: Scenario = {
  name: 'flapping',
  describes: 'for an hour 3 min up, 3 min of 503, 50 events/s',
  concurrency: 10,
  arrivals: [{ perSecond: 50, forMs: FLAPPING_MS + 10 * MINUTE }],
  endpoint: (random) => failing(ordinaryServer(random), (now) => (isFlapped(now) ? { status: 503, afterMs: 5 } : null)),
  isDown: isFlapped,
  calmFrom: FLAPPING_MS,
};

/** In the order in which they are shown. */
export const SCENARIOS: readonly Scenario[] = [
  spike('100/s, 8,000/s for 90 s, 100/s; the endpoint takes 5,000/s', 400, fastServer, 10 * MINUTE),
  spike('100/s, 8,000/s for 90 s, 100/s; the endpoint takes 200/s', 50, slowServer, 2.5 * HOUR),
  outage('answering 503', { status: 503, afterMs: 5 }),
  outage('hanging until the time-out', { status: 0, afterMs: Infinity }),
  outage('answering 404', { status: 404, afterMs: 5 }),
  brownout,
  throttled,
  flapping,
];
