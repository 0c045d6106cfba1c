import { SluiceError } from '@sluice/core';
import type { Registry } from 'prom-client';
import { createLogger, type Logger, logLevel } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { readSettings, type Setting, SettingsError, settings } from './setting.ts';
import { listenForShutdown } from './shutdown.ts';

/** What a composition root starts from. */
export interface Runtime<C> {
  readonly config: C;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

/**
 * Runs a service: reads its configuration and `LOG_LEVEL` from the environment, then `main` until that resolves. Exits
 * with 0 then, with 78 where the configuration has faults (all of them on standard error), and with 1 where `main` or
 * anything else throws, which is logged; with 78 there, too, where a broker or store refused what it was configured with.
 */
export async function run<C>(
  service: string,
  config: Setting<C>,
  main: (runtime: Runtime<C>) => Promise<void>,
): Promise<void> {
  const configured = configure(service, settings({ level: logLevel, config }));
  const log = createLogger({ service, level: configured.level });
  const fail = (error: unknown): void => {
    // What failed while closing came after, and because of, what ended the service.
    const [cause, closing] = error instanceof SuppressedError ? [error.suppressed, error.error] : [error];
    log.fatal({ err: cause, ...(closing && { closing }) }, cause instanceof Error ? cause.message : String(cause));
    process.exit(isWrongSetting(cause) ? EXIT_CONFIG : 1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  using shutdown = listenForShutdown({ log });
  try {
    await main({ config: configured.config, log, metrics: createMetrics(service), signal: shutdown.signal });
  } catch (error) {
    fail(error);
  }
  log.info('stopped');
  process.exit(0);
}

function isWrongSetting(error: unknown): boolean {
  return error instanceof SluiceError && (error.code === 'misconfigured' || error.code === 'unauthorized');
}

function configure<T>(service: string, setting: Setting<T>): T {
  try {
    return readSettings(setting, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // Not a log line: the logger's own level may be among the faults.
    process.stderr.write(`${service} cannot start, its settings are wrong:\n${error.message.replace(/^/gm, '  ')}\n`);
    process.exit(EXIT_CONFIG);
  }
}
