import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { type Installation, initdbOf, postgresOf } from './binaries.ts';
import { enter } from './doorway.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { runToEnd } from './run.ts';

/** What every embedded database is called, its owner, and the owner's password. It listens on loopback alone. */
export const DATABASE = 'sluice';
export const USER = 'sluice';
export const PASSWORD = 'sluice';

const DRAFT = 'cluster.new-';

const HOST_RULES = `# Loopback only, by password; everything else is refused.
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
`;

/** The folder inside the data directory that PostgreSQL owns. */
export const clusterDirectoryOf = (dataDirectory: string): string => join(dataDirectory, 'cluster');

/**
 * Makes the database cluster unless it is there. It is made aside and moved into place when it is whole, so that a
 * process killed half-way leaves nothing that looks like a database.
 * @throws EmbeddedPostgresError `data-unusable`, `start-failed`, `aborted`
 */
export async function ensureCluster(
  dataDirectory: string,
  installation: Installation,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  const finished = clusterDirectoryOf(dataDirectory);
  if (await exists(finished)) return await requireUsable(finished, installation, account);
  await clearDataDirectory(dataDirectory);
  const draft = await mkdtemp(join(dataDirectory, `${DRAFT}${process.pid}-`));
  try {
    if (account) await chown(draft, account.uid, account.gid);
    await initialise(draft, installation, account, signal);
    await rename(draft, finished);
  } catch (error) {
    await removeFolder(draft);
    // Another process was faster, and its cluster is as good.
    if (!(await exists(finished))) throw error;
  }
  await using folder = await open(dataDirectory, 'r');
  await folder.sync();
}

async function initialise(
  directory: string,
  installation: Installation,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using doorway = await enter(directory, account);
  const settings = [
    `--username=${USER}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  const options = { account, doorway, ...(signal && { signal }) };
  await runToEnd(initdbOf(installation), [`--pgdata=${doorway.path}`, ...settings], options);
  // Single-user mode needs neither a port nor a password file that the account could reach.
  const statements = [`alter role ${USER} password '${PASSWORD}'`, `create database ${DATABASE}`];
  await runToEnd(postgresOf(installation), ['--single', '-D', doorway.path, 'postgres'], {
    ...options,
    input: `${statements.join('\n')}\n`,
  });
  await writeFile(join(directory, 'pg_hba.conf'), HOST_RULES);
}

async function requireUsable(cluster: string, { build }: Installation, account: Account | null): Promise<void> {
  const { uid } = await stat(cluster);
  if (account === null && uid !== process.getuid?.()) {
    throw unusable(`${cluster} belongs to the account with uid ${uid}. Start Sluice as root, which is who made it`);
  }
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  const wanted = build.split('.')[0];
  if (found === wanted) return;
  throw unusable(
    `${cluster} was made by PostgreSQL ${found}, and this is PostgreSQL ${wanted}. ` +
      'The log holds everything: move the folder away, and the consumer fills a new database from it',
  );
}

/** Removes what killed processes left half-made. A draft whose maker is alive is being made. */
async function clearDataDirectory(dataDirectory: string): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.startsWith(DRAFT)) {
      throw unusable(
        `${dataDirectory} must be empty or hold a database of Sluice's, but it holds ${JSON.stringify(name)}`,
      );
    }
    if (!isAlive(Number.parseInt(name.slice(DRAFT.length), 10))) await removeFolder(join(dataDirectory, name));
  }
}

/** An initdb whose parent was killed may still write into its folder, for a moment. */
const removeFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

const unusable = (fact: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError('data-unusable', `${fact}; or set SLUICE_DATA_DIR to another folder`);
