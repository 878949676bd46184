import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Account } from './account.js';

const OWNER_X = 0o100;
const GROUP_X = 0o010;
const OTHERS_X = 0o001;

/** Whether the account may pass through every directory above the path (a checkout below /root is closed to everybody else). */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const { uid, gid, mode } = await stat(directory);
    const bit = uid === account.uid ? OWNER_X : gid === account.gid ? GROUP_X : OTHERS_X;
    if ((mode & bit) === 0) return false;
    if (directory === dirname(directory)) return true;
  }
}
