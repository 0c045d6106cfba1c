import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Account, chooseAccount } from './account.ts';
import { findInstallation, type Installation } from './binaries.ts';
import { clusterDirectoryOf, DATABASE, ensureCluster, PASSWORD, USER } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { copyForEveryone } from './installation-copy.ts';
import { clearLeftovers } from './leftovers.ts';
import { canReach } from './reach.ts';
import { type Exit, freePort, type Server, type ServerOptions, startServer } from './server.ts';

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made where it is missing. Removing it means an empty database on the next start. */
  readonly dataDirectory: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** A loopback address; connections from elsewhere are refused whatever it is. Default 127.0.0.1. */
  readonly host?: string;
  /** Aborts the start. A server that has started is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** Gets each line that PostgreSQL logs. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For any PostgreSQL client; user, password and database are all `sluice`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends the server: open transactions are rolled back, what was committed is kept. Resolves when it has ended. */
  stop(): Promise<void>;
}

const QUIT_AFTER_MS = 10_000;

/**
 * Starts a real PostgreSQL from npm as a child process and resolves when it accepts connections. One data directory is
 * served by one server at a time; what a killed process left behind is cleared first. A caller that ends without `stop`
 * leaves the server running, and the next start ends it.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { host = '127.0.0.1', port, signal, log = () => {} } = options;
  const dataDirectory = resolve(options.dataDirectory);
  const clusterDirectory = clusterDirectoryOf(dataDirectory);
  await mkdir(dataDirectory, { recursive: true });
  const account = await chooseAccount(clusterDirectory);
  const installation = await installationFor(account);
  await ensureCluster(dataDirectory, installation, account, signal);
  await clearLeftovers(clusterDirectory, log);
  const wanted = { installation, account, clusterDirectory, host, signal, log };
  const { server, bound } = await startOnPort(wanted, port);
  return running(server, host, bound);
}

async function installationFor(account: Account | null): Promise<Installation> {
  const installation = findInstallation();
  if (account === null || (await canReach(installation.root, account))) return installation;
  return await copyForEveryone(installation);
}

/** Between finding a free port and taking it somebody else may be faster. */
async function startOnPort(
  wanted: Omit<ServerOptions, 'port'>,
  port: number,
): Promise<{ server: Server; bound: number }> {
  for (let attempt = 1; ; attempt++) {
    const bound = port === 0 ? await freePort(wanted.host) : port;
    try {
      return { server: await startServer({ ...wanted, port: bound }), bound };
    } catch (error) {
      const taken = error instanceof EmbeddedPostgresError && error.code === 'port-taken';
      if (!taken || port !== 0 || attempt === 5) throw error;
    }
  }
}

function running({ child, pid, exited }: Server, host: string, port: number): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= endServer();
    return stopping;
  };
  const endServer = async (): Promise<void> => {
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), QUIT_AFTER_MS);
    await exited;
    clearTimeout(timer);
  };
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    url: `postgres://${USER}:${PASSWORD}@${authority}:${port}/${DATABASE}`,
    port,
    pid,
    exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
