import { createLogger, limitRepeats } from './index.js';

function logged(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ log: { level } }, 'api', { write }) };
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

describe('limitRepeats', () => {
  it('writes a message at most once a second and says how many it left out', () => {
    const { lines, logger } = logged();
    let now = 0;
    const limited = limitRepeats(logger, () => now);
    for (now = 0; now < 1000; now += 100) limited.warn('queue away');
    limited.error('something else');
    now = 1500;
    limited.warn('queue away', { host: 'h' });
    expect(lines.map(({ msg, level, leftOut, host }) => ({ msg, level, leftOut, host }))).toEqual([
      { msg: 'queue away', level: 'warn' },
      { msg: 'something else', level: 'error' },
      { msg: 'queue away', level: 'warn', leftOut: 9, host: 'h' },
    ]);
  });
});
