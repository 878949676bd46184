import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a person or a script needs to work with a running `npm start`; it is in `dev.json`, for this user only. */
export interface DevFile {
  apiUrl: string;
  adminUrl: string;
  inspectorUrl: string;
  tenantKey: string;
  operatorToken: string;
  databaseUrl: string;
  queue: 'postgres' | 'redis';
}

export const DEV_FILE = 'dev.json';

/** Null: nothing was ever started there. */
export async function readDevFile(directory: string): Promise<DevFile | null> {
  const text = await readFile(join(directory, DEV_FILE), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as DevFile);
}
