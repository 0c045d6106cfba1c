import { open } from 'node:fs/promises';
import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { canReach } from './reach.ts';

/** How a child process gets into a folder. */
export interface Doorway extends AsyncDisposable {
  /** What the child calls the folder. */
  readonly path: string;
  /** To be inherited by the child as its descriptor 3; null where the path alone is enough. */
  readonly descriptor: number | null;
}

const DESCRIPTOR = 3;

/**
 * Opens a way into `folder` for a child that runs as `account`. Where the account may not pass the folder's parents (a
 * checkout below `/root`, a CI's temporary folder), the child inherits the open folder and names it by its descriptor,
 * which Linux resolves without walking the parents (proc_pid_fd(5)). The data thus stays where it was asked for, and
 * no parent's permissions are touched.
 * @throws EmbeddedPostgresError `data-unusable`
 */
export async function enter(folder: string, account: Account | null): Promise<Doorway> {
  if (account === null || (await canReach(folder, account))) {
    return { path: folder, descriptor: null, [Symbol.asyncDispose]: async () => {} };
  }
  if (process.platform !== 'linux') {
    throw new EmbeddedPostgresError(
      'data-unusable',
      `PostgreSQL runs as the account with uid ${account.uid}, which may not enter ${folder}. ` +
        'Start Sluice as an ordinary user, or set SLUICE_DATA_DIR to a folder that everybody may pass.',
    );
  }
  const handle = await open(folder, 'r');
  return {
    path: `/proc/self/fd/${DESCRIPTOR}`,
    descriptor: handle.fd,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
