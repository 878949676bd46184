import { HOUR, uuidFloor } from '#core';
import { expireDeliveries, listAttempts } from '#persistence';
import { formatSecret } from '#signing';
import { describeEachBackend, startReceiver, testSecretBox } from '#testing';
import type { Answer, ReceivedRequest, Receiver } from '#testing';
import { toAttempt, type AttemptDto } from '../../apps/api/src/deliveries/dto/attempt.dto.js';
import { Fleet } from '../fleet/fleet.js';

const CUSTOM = { authorization: 'Bearer t0p/secret+token', 'x-api-key': 'k"\\/1234567' };
const DAY_SECONDS = 24 * 3_600;

describeEachBackend('what a hostile receiver answers', (backend) => {
  let fleet: Fleet;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await startReceiver();
    fleet = await Fleet.start(backend, { dispatchers: 1 });
  });

  afterAll(async () => {
    receiver.release();
    await fleet.stop();
    await receiver.close();
  });

  interface Shown {
    attempt: AttemptDto;
    /** Everything that is stored of it, as one text. */
    row: string;
    request: ReceivedRequest;
    secret: Buffer;
  }

  /** Makes one attempt at an endpoint with custom headers, and reads it as the API does. */
  async function attempt(path: string, answer: (request: ReceivedRequest) => Answer): Promise<Shown> {
    receiver.answer(path, answer);
    const { id, secret, subscriberId } = await fleet.endpoint(receiver.url(path));
    const sealed = testSecretBox().seal(Buffer.from(JSON.stringify(CUSTOM)), id);
    await fleet.database.query('UPDATE endpoints SET headers_sealed = $2 WHERE id = $1', [id, sealed]);
    await fleet.publishTo(subscriberId, 1);
    const [found] = await fleet.eventually<{ id: string; eventId: string; row: string }>(
      `SELECT d.id, d.event_id AS "eventId", concat_ws(' ', a.status, a.content_type, a.retry_after, a.location, encode(a.body, 'escape')) AS row
       FROM deliveries d JOIN attempts a ON a.delivery_id = d.id WHERE d.endpoint_id = $1`,
      [id],
    );
    const page = { limit: 1, order: 'asc', position: null, after: null, before: null } as const;
    const [listed] = await listAttempts(fleet.database, found!.id, page);
    const shown = toAttempt(listed!, { eventId: found!.eventId, replayId: null });
    return { attempt: shown, row: found!.row, request: receiver.at(path)[0]!, secret };
  }

  const signatureOf = (request: ReceivedRequest): string => String(request.headers['webhook-signature']);

  it('is stored without our signature and without the endpoint’s headers, however it repeats them', async () => {
    const {
      attempt: shown,
      row,
      request,
    } = await attempt('/echo', (received) => {
      const { headers } = received;
      const dump = JSON.stringify(headers);
      return {
        status: 401,
        headers: {
          'content-type': 'application/json',
          location: `https://x.example/?sig=${encodeURIComponent(signatureOf(received))}`,
          'retry-after': String(headers['x-api-key']),
        },
        body: `${dump} ${encodeURIComponent(dump)} ${Buffer.from(dump).toString('base64')} ${JSON.stringify({ dump })}`,
      };
    });
    const signature = signatureOf(request).slice('v1,'.length);
    expect(request.headers).toMatchObject(CUSTOM); // it had been sent
    for (const secret of [signature, 't0p/secret', '1234567']) {
      expect(row).not.toContain(secret);
      expect(decodeURIComponent(row)).not.toContain(secret);
    }
    for (const word of row.match(/[\w+/]{16,}/g) ?? [])
      expect(Buffer.from(word, 'base64').toString('latin1')).not.toMatch(/secret\+token|1234567/);
    const { response } = shown;
    expect(response).toMatchObject({
      headers: {
        'content-type': 'application/json',
        location: 'https://x.example/?sig=v1%2C***',
        'retry-after': '***',
      },
      encoding: 'utf8',
    });
    expect(JSON.parse(response!.body.slice(0, response!.body.indexOf('} ') + 1))).toMatchObject({
      'webhook-signature': 'v1,***',
      authorization: '***',
      'x-api-key': '***',
      'webhook-id': request.headers['webhook-id'], // no secret
    });
  });

  it.each([
    ['a failure', 500, 4_096],
    ['a success', 200, 256],
  ])('is stored without a signature that the cut of %s goes through', async (_what, status, kept) => {
    const { row, request } = await attempt(`/cut-${status}`, (received) => ({
      status,
      body: 'x'.repeat(kept - 20) + signatureOf(received).slice('v1,'.length) + 'y'.repeat(100),
    }));
    expect(row).toMatch(/^\d+ x+\*\*\*$/);
    expect(row).not.toContain(signatureOf(request).slice(3, 8));
  });

  it('is stored without the signing secret', async () => {
    const secrets: string[] = [];
    receiver.answer('/secret', () => ({ status: 500, body: secrets.join(' ') }));
    const { id, secret, subscriberId } = await fleet.endpoint(receiver.url('/secret'));
    secrets.push(formatSecret(secret), secret.toString('hex'), secret.toString('base64url'));
    await fleet.publishTo(subscriberId, 1);
    const [found] = await fleet.eventually<{ body: string }>(
      `SELECT encode(a.body, 'escape') AS body FROM deliveries d JOIN attempts a ON a.delivery_id = d.id WHERE d.endpoint_id = $1`,
      [id],
    );
    expect(found!.body.replaceAll('=', '')).toBe('whsec_*** *** ***');
  });

  it.each([
    ['NUL', Buffer.from('a\0b\0'), 'utf8'],
    ['terminal escapes', Buffer.from('\x1b[2J\x1b]0;owned\x07\x9b31m'), 'utf8'],
    ['HTML and script', Buffer.from('<script>alert(1)</script><img src=x onerror=alert(1)>'), 'utf8'],
    ['a byte order mark and text that runs backwards', Buffer.from('\ufeff\u202eevil\u2028'), 'utf8'],
    ['what is not UTF-8', Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]), 'base64'],
  ])('is stored and shown as it came: %s', async (what, body, encoding) => {
    const { attempt: shown, row } = await attempt(`/bytes-${what.replaceAll(' ', '-')}`, () => ({
      status: 400,
      headers: { 'content-type': 'text/html' },
      body,
    }));
    expect(shown).toMatchObject({ outcome: 'failure', error: 'http_status' });
    expect(shown.response).toMatchObject({ statusCode: 400, encoding, truncated: false });
    expect(Buffer.from(shown.response!.body, encoding as BufferEncoding)).toEqual(body);
    expect(row).toContain('400 text/html');
    // As the API sends it: JSON, without a byte that a terminal or Postgres would take for more than text.
    expect(JSON.stringify(shown)).not.toMatch(/[\x00-\x1f]/); // eslint-disable-line no-control-regex -- that is the claim
  });

  it('is shown as text also when the cut goes through a character', async () => {
    const { attempt: shown } = await attempt('/emoji', () => ({ status: 500, body: `x${'😀'.repeat(2_000)}` }));
    expect(shown.response).toMatchObject({ encoding: 'utf8', truncated: true, body: `x${'😀'.repeat(1_023)}` });
  });

  it('429 with a Retry-After of a day, for ever: only its own lane waits, and its deliveries die at their deadline', async () => {
    receiver.answer('/tomorrow', { status: 429, headers: { 'retry-after': String(DAY_SECONDS) } });
    const { id, subscriberId } = await fleet.endpoint(receiver.url('/tomorrow'));
    const others = await fleet.endpoint(receiver.url('/others'));
    const paused = (): Promise<{ hours: number }[]> =>
      fleet.eventually(
        `SELECT extract(epoch FROM paused_until - now())::float8 / 3600 AS hours FROM lanes
         WHERE endpoint_id = $1 AND pause_reason = 'retry_after' AND paused_until > now() + interval '1 hour' AND holder IS NULL`,
        [id],
      );
    await fleet.publishTo(subscriberId, 20);
    const requests: number[] = [];
    for (let day = 0; day <= 3; day += 1) {
      const [pause] = await paused();
      expect(pause!.hours).toBeGreaterThan(23.9);
      expect(pause!.hours).toBeLessThanOrEqual(24);
      requests.push(receiver.at('/tomorrow').length);
      await fleet.publishTo(others.subscriberId, 25);
      await receiver.waitFor((r) => r.at('/others').length === 25 * (day + 1));
      expect(receiver.at('/tomorrow')).toHaveLength(requests[day]!);
      if (day === 3) break;
      // A day passes: everything of this lane happened that much earlier.
      const earlier = "interval '1 day'";
      await fleet.database.query(
        `UPDATE deliveries SET deadline = deadline - ${earlier}, next_at = next_at - ${earlier} WHERE endpoint_id = $1`,
        [id],
      );
      await fleet.database.query(
        `UPDATE lanes SET paused_until = NULL, pause_reason = NULL, flow = flow - 'retryAfter' WHERE endpoint_id = $1`,
        [id],
      );
      fleet.waker.wake([id]);
      await receiver.waitFor((r) => r.at('/tomorrow').length > requests[day]!);
    }
    // What was in flight on the first day was at most the first window; then one request a day.
    expect(requests[0]).toBeLessThanOrEqual(2);
    expect(requests[3]! - requests[0]!).toBe(3);
    await fleet.database.query(
      `UPDATE deliveries SET deadline = deadline - interval '2 minutes' WHERE endpoint_id = $1`,
      [id],
    );
    await expireDeliveries(fleet.database, 90, uuidFloor(Date.now() - 100 * HOUR), 1_000);
    const states = await fleet.eventually(
      `SELECT state, reason, count(*)::int AS count FROM deliveries WHERE endpoint_id = $1 GROUP BY 1, 2`,
      [id],
    );
    expect(states).toEqual([{ state: 'dead', reason: 'expired', count: 20 }]);
    expect(receiver.at('/tomorrow')).toHaveLength(requests[3]!);
    expect(fleet.errors).toEqual([]);
  }, 30_000);
});
