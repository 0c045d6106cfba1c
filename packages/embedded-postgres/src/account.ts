import { readFile, stat } from 'node:fs/promises';
import { EmbeddedPostgresError } from './errors.ts';

/** Whom PostgreSQL runs as, where that is not the caller. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'] as const;

/**
 * PostgreSQL refuses to run as root (its `check_root`), so root runs it as another: as the owner of the data where there
 * is data, else as `postgres` or `nobody`, whichever exists first. No account is ever created. Null: as the caller.
 * @throws EmbeddedPostgresError `no-account`
 */
export async function chooseAccount(clusterDirectory: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(clusterDirectory).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = accounts.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedPostgresError(
    'no-account',
    `PostgreSQL does not run as root, and there is no account ${CANDIDATES.join(' or ')} to run it as. ` +
      'Start Sluice as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
