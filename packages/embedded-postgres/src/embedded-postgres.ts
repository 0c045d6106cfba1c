import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { chooseAccount } from './account.ts';
import { findInstallation, type Installation } from './binaries.ts';
import { clusterDirectoryOf, DATABASE, ensureCluster, exists, PASSWORD, USER } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { copyForEveryone } from './installation-copy.ts';
import { endLeftovers, removePidFile } from './leftovers.ts';
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
  return await startInstallation(findInstallation(), options);
}

/** The same with binaries from anywhere. */
export async function startInstallation(
  original: Installation,
  { host = '127.0.0.1', port, signal, log = () => {}, ...options }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const clusterDirectory = clusterDirectoryOf(dataDirectory);
  try {
    await mkdir(dataDirectory, { recursive: true });
    const account = await chooseAccount(clusterDirectory);
    const installation =
      account === null || (await canReach(original.root, account)) ? original : await copyForEveryone(original);
    await ensureCluster(dataDirectory, installation, account, signal);
    await endLeftovers(clusterDirectory, log);
    await removePidFile(clusterDirectory);
    const { server, bound } = await startOnPort({ installation, account, clusterDirectory, host, signal, log }, port);
    return running(server, host, bound);
  } catch (error) {
    throw fileSystemFault(error, dataDirectory);
  }
}

/**
 * Ends the PostgreSQL that a killed caller of `startEmbeddedPostgres` left on this data, for those who need its port or
 * its end before the next start, which would do the same. Open transactions are rolled back, what was committed is kept.
 * @throws EmbeddedPostgresError `already-running` where its caller is alive, `data-unusable`
 */
export async function endLeftoverPostgres({
  log = () => {},
  ...options
}: Pick<EmbeddedPostgresOptions, 'dataDirectory' | 'log'>): Promise<void> {
  const dataDirectory = resolve(options.dataDirectory);
  const clusterDirectory = clusterDirectoryOf(dataDirectory);
  try {
    if (await exists(clusterDirectory)) await endLeftovers(clusterDirectory, log);
  } catch (error) {
    throw fileSystemFault(error, dataDirectory);
  }
}

/** A full disk or a folder that may not be written is the operator's to mend, and needs no stack. */
function fileSystemFault(error: unknown, dataDirectory: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new EmbeddedPostgresError('data-unusable', `${dataDirectory} cannot be used: ${error.message}`, {
    cause: error,
  });
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
