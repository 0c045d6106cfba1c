import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Account } from './account.ts';

const READ = 4;
const ENTER = 1;

/** Whether the account may enter the folder and read it, through all of its parents. Looks at mode bits, not at ACLs. */
export async function canReach(folder: string, account: Account): Promise<boolean> {
  let path = resolve(folder);
  if (!allows(await stat(path), account, READ | ENTER)) return false;
  while (path !== dirname(path)) {
    path = dirname(path);
    if (!allows(await stat(path), account, ENTER)) return false;
  }
  return true;
}

function allows({ mode, uid, gid }: Stats, account: Account, wanted: number): boolean {
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
