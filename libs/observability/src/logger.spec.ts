import { createLogger } from './index.js';

function logged(level = 'info', now?: () => number) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ log: { level } }, 'api', { write }, now) };
}

describe('a logger', () => {
  it('writes JSON lines with the app, the level by name and an ISO time', () => {
    const { lines, logger } = logged();
    logger.info({ lane: 'a' }, 'lane taken');
    expect(lines).toEqual([expect.objectContaining({ app: 'api', level: 'info', lane: 'a', msg: 'lane taken' })]);
    expect(lines[0]?.time).toMatch(/^\d{4}-.*Z$/);
  });

  it('writes nothing when silent', () => {
    const { lines, logger } = logged('silent');
    logger.fatal('nobody hears this');
    expect(lines).toEqual([]);
  });

  it('hides members that are named like secrets, at any depth', () => {
    const { lines, logger } = logged();
    logger.info({
      secret: 's3',
      headers: { authorization: 'Bearer s3', accept: '*/*' },
      list: [{ tenantKey: 's3', key: 's3' }],
      operatorToken: 's3',
    });
    expect(JSON.stringify(lines)).toContain('*/*');
    expect(JSON.stringify(lines)).not.toContain('s3');
  });

  it('hides passwords, keys and signing secrets inside texts, messages and errors', () => {
    const { lines, logger } = logged();
    const error = new Error('connect postgres://me:s3cr3t@host/db', { cause: new Error('phk_s3cr3t') });
    logger.error(
      { err: error, databaseUrl: 'redis://:s3cr3t@host' },
      'with whsec_s3cr3t= and whsk_s3cr3t= at postgres://me:s3cr3t@host',
    );
    expect(JSON.stringify(lines)).not.toContain('s3cr3t');
    expect(JSON.stringify(lines)).toContain('connect postgres://me:[hidden]@host/db');
  });

  it('writes bytes as their count', () => {
    const { lines, logger } = logged();
    logger.info({ body: Buffer.from('confidential') });
    expect(lines[0]).toMatchObject({ body: '[12 bytes]' });
  });
});

describe('a warning or an error that repeats', () => {
  let now = 0;
  const said = (lines: Record<string, unknown>[]) =>
    lines.map(({ msg, level, leftOut }) => [level, msg, ...(leftOut === undefined ? [] : [leftOut])]);

  beforeEach(() => (now = 0));

  it('is written once a second, and how often it was left out', () => {
    const { lines, logger } = logged('info', () => now);
    for (now = 0; now < 1000; now += 100) logger.warn({ host: 'h' }, 'queue away');
    logger.error('something else');
    now = 1500;
    logger.warn({ host: 'h' }, 'queue away');
    expect(said(lines)).toEqual([
      ['warn', 'queue away'],
      ['warn', 'queue away', 9],
      ['error', 'something else'],
      ['warn', 'queue away'],
    ]);
  });

  it('is accounted for by whatever is written next when it has stopped', () => {
    const { lines, logger } = logged('info', () => now);
    for (let n = 0; n < 10_000; n += 1) logger.error('connect ECONNREFUSED');
    now = 5_000;
    logger.info('postgres is back');
    logger.info('and stays');
    expect(said(lines)).toEqual([
      ['error', 'connect ECONNREFUSED'],
      ['error', 'connect ECONNREFUSED', 9_999],
      ['info', 'postgres is back'],
      ['info', 'and stays'],
    ]);
  });

  it('is the same whatever ids, ports and counts stand in it', () => {
    const { lines, logger } = logged('info', () => now);
    for (let n = 0; n < 100; n += 1)
      logger.error({ err: new Error(`connect ECONNREFUSED 127.0.0.1:${5000 + n}`) }, `lane 0198c0ffee${n} failed`);
    expect(lines).toHaveLength(1);
  });

  it('is another one when its error is another, its severity, or its words', () => {
    const { lines, logger } = logged('info', () => now);
    for (let n = 0; n < 3; n += 1) {
      logger.error({ err: new Error('reset') }, 'a request failed');
      logger.error({ err: new Error('refused') }, 'a request failed');
      logger.warn({ err: new Error('refused') }, 'a request failed');
      logger.error(new Error('refused'));
    }
    expect(said(lines)).toHaveLength(4);
  });

  it('is forgotten when a thousand others came after it: memory has a bound, and it is written again', () => {
    const { lines, logger } = logged('info', () => now);
    const letters = (n: number): string => n.toString(2).replaceAll('0', 'x').replaceAll('1', 'y');
    logger.error('first');
    for (let n = 0; n < 1_000; n += 1) logger.error(letters(n));
    logger.error('first');
    expect(lines.filter(({ msg }) => msg === 'first')).toHaveLength(2);
  });

  it('is no rule for what only informs', () => {
    const { lines, logger } = logged('info', () => now);
    for (let n = 0; n < 3; n += 1) logger.info('listening');
    expect(lines).toHaveLength(3);
  });
});
