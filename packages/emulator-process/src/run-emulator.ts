import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { ConfigError } from './config-error.ts';
import { describeError, lineWriter, type WriteLine } from './lines.ts';

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

export interface EmulatorProcessOptions<Config> {
  /** As its lines and messages name it. */
  readonly service: string;
  /** The variable that changes the port. */
  readonly portVariable: string;
  /** @throws ConfigError with all faults at once */
  readonly readConfig: (environment: NodeJS.ProcessEnv) => Config;
  /** Loads the server and starts it: what it imports is compiled once, and kept beside the data. */
  readonly start: (config: Config) => Promise<StartedEmulator>;
}

export interface StartedEmulator extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Settles when it has ended: with the reason, where the disk failed it; with undefined once closed. */
  readonly ended: Promise<Error | undefined>;
}

/**
 * Runs an emulator as a process, until it is told to end or its disk fails it. Exit codes: 0 when told to end, 78 for wrong
 * settings, 1 for everything else.
 */
export async function runEmulator<Config extends { readonly port: number; readonly directory: string }>(
  options: EmulatorProcessOptions<Config>,
): Promise<never> {
  const { service } = options;
  const writeLine = lineWriter(service);
  const fail = (error: unknown): never => {
    writeLine('fatal', error instanceof Error ? error.message : String(error), { err: describeError(error) });
    process.exit(1);
  };
  // Reads of many logs, the journal's synced write and the syncs of a checkpoint share libuv's threads, of which it has four
  // by default: the write would wait for the others.
  process.env.UV_THREADPOOL_SIZE ??= '8';
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    return process.exit(await runUntilEnd(options, writeLine));
  } catch (error) {
    if (!(error instanceof ConfigError)) return fail(error);
    process.stderr.write(`${service} cannot start, its settings are wrong:\n${error.message.replace(/^/gm, '  ')}\n`);
    return process.exit(EXIT_CONFIG);
  }
}

/** @returns the exit code */
async function runUntilEnd<Config extends { readonly port: number; readonly directory: string }>(
  { portVariable, readConfig, start }: EmulatorProcessOptions<Config>,
  writeLine: WriteLine,
): Promise<number> {
  // A second request changes nothing: npm passes Ctrl-C on twice.
  const asked = new Promise<undefined>((resolve) => {
    process.on('SIGTERM', () => resolve(undefined));
    process.on('SIGINT', () => resolve(undefined));
  });
  const config = readConfig(process.env);
  // The next start takes half the time.
  enableCompileCache(join(config.directory, 'compiled'));
  const emulator = await start(config).catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken
      ? new Error(`${portVariable} must be a free port, ${config.port} is taken by another program`)
      : error;
  });
  writeLine('info', `listening on ${emulator.host}:${emulator.port}`, { data: config.directory });
  flushCompileCache();
  const reason = await Promise.race([asked, emulator.ended]);
  await emulator[Symbol.asyncDispose]();
  if (reason instanceof Error) return 1;
  writeLine('info', 'stopped');
  return 0;
}
