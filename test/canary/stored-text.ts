import { connect } from 'node:net';
import type { Database } from '#persistence';

/** Every row of every table, as text and with the bytes it holds. */
export async function databaseText(database: Database): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
    texts.push(`${name}:`, ...rows.flatMap(({ row }) => [row, ...bytesIn(row)]));
  }
  return texts.join('\n');
}

/** Postgres writes bytes as `\x` and hex. */
function bytesIn(row: string): string[] {
  return [...row.matchAll(/\\x([0-9a-f]+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'));
}

const EVERYTHING = `
local out = {}
local readers = {
  string = function(k) return { redis.call('GET', k) } end,
  hash = function(k) return redis.call('HGETALL', k) end,
  list = function(k) return redis.call('LRANGE', k, 0, -1) end,
  set = function(k) return redis.call('SMEMBERS', k) end,
  zset = function(k) return redis.call('ZRANGE', k, 0, -1) end,
  stream = function(k)
    local all = {}
    for _, entry in ipairs(redis.call('XRANGE', k, '-', '+')) do
      for _, value in ipairs(entry[2]) do all[#all + 1] = value end
    end
    return all
  end,
}
for _, k in ipairs(redis.call('KEYS', '*')) do
  out[#out + 1] = k
  for _, value in ipairs(readers[redis.call('TYPE', k).ok](k)) do out[#out + 1] = value end
end
return out`.replaceAll('\n', ' ');

/** Every key and value of the Redis database of this URL. */
export async function redisText(url: string): Promise<string> {
  const socket = connectTo(url);
  const chunks: Buffer[] = [];
  for await (const chunk of socket.end(`${selecting(url)}EVAL "${EVERYTHING}" 0\r\nQUIT\r\n`))
    chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('latin1');
  if (/^-/m.test(text)) throw new Error(`Redis refused: ${text.slice(0, 200)}`);
  return text;
}

/** Every command that this Redis is given from now on, whoever sends it, but for its AUTH. */
export class RedisMonitor {
  private readonly chunks: Buffer[] = [];
  private readonly socket;

  constructor(url: string) {
    this.socket = connectTo(url);
    this.socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.socket.write(`${selecting(url)}MONITOR\r\n`);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.destroy();
    await closed;
  }
}

function connectTo(url: string) {
  const { hostname, port } = new URL(url);
  return connect(Number(port) || 6379, hostname);
}

function selecting(url: string): string {
  const { username, password, pathname } = new URL(url);
  const credentials = [username, password].filter((part) => part !== '').map(decodeURIComponent);
  return `${credentials.length === 0 ? '' : `AUTH ${credentials.join(' ')}\r\n`}SELECT ${pathname.slice(1) || '0'}\r\n`;
}
