import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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

const HOST_RULES = `# Loopback only, by password; everything else is refused.
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
`;

/** The folder inside the data directory that PostgreSQL owns. */
export const clusterDirectoryOf = (dataDirectory: string): string => join(dataDirectory, 'cluster');

/**
 * Makes the database cluster unless it is there. It is made aside and moved into place when it is whole, so that a
 * process killed half-way leaves nothing that looks like a database.
 * @throws EmbeddedPostgresError `data-unusable`, `start-failed`
 */
export async function ensureCluster(
  dataDirectory: string,
  installation: Installation,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  const finished = clusterDirectoryOf(dataDirectory);
  const version = await readFile(join(finished, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined) {
    requireSameMajor(finished, version.trim(), installation);
    return;
  }
  await requireNothingForeign(dataDirectory);
  const draft = join(dataDirectory, 'cluster.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (account) await chown(draft, account.uid, account.gid);
  await initialise(draft, installation, account, signal);
  await rename(draft, finished);
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
  const run = { account, doorway, ...(signal && { signal }) };
  await runToEnd(
    initdbOf(installation),
    [
      `--pgdata=${doorway.path}`,
      `--username=${USER}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    run,
  );
  // Single-user mode needs neither a port nor a password file that the account could reach.
  const statements = [`alter role ${USER} password '${PASSWORD}'`, `create database ${DATABASE}`];
  await runToEnd(postgresOf(installation), ['--single', '-D', doorway.path, 'postgres'], {
    ...run,
    input: `${statements.join('\n')}\n`,
  });
  await writeFile(join(directory, 'pg_hba.conf'), HOST_RULES);
}

function requireSameMajor(directory: string, found: string, { build }: Installation): void {
  const wanted = build.split('.')[0];
  if (found === wanted) return;
  throw new EmbeddedPostgresError(
    'data-unusable',
    `${directory} was made by PostgreSQL ${found}, and this is PostgreSQL ${wanted}. ` +
      'The log holds everything: move the folder away, and the consumer fills a new database from it.',
  );
}

async function requireNothingForeign(dataDirectory: string): Promise<void> {
  const foreign = (await readdir(dataDirectory)).filter((name) => !name.startsWith('cluster'));
  if (foreign.length === 0) return;
  throw new EmbeddedPostgresError(
    'data-unusable',
    `${dataDirectory} must be empty or hold a database of Sluice's, but it holds ${JSON.stringify(foreign[0])}`,
  );
}
