import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { ConfigError, readConfig } from './config.ts';
import { describeError, writeEvent, writeLine } from './event-log.ts';

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

function fail(error: unknown): never {
  writeLine('fatal', error instanceof Error ? error.message : String(error), { err: describeError(error) });
  process.exit(1);
}

// Reads of many topics, the journal's synced write and the syncs of a checkpoint share libuv's threads, of which it has four
// by default: the write would wait for the others.
process.env.UV_THREADPOOL_SIZE ??= '8';

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

/** Resolves once the process is asked to end. A second request changes nothing: npm passes Ctrl-C on twice. */
const asked = new Promise<void>((resolve) => {
  process.on('SIGTERM', resolve);
  process.on('SIGINT', resolve);
});

async function main(): Promise<void> {
  const config = readConfig(process.env);
  // What was compiled once is kept beside the data: the next start takes half the time.
  enableCompileCache(join(config.directory, 'compiled'));
  const { startPubSubEmulator } = await import('./server.ts');
  const emulator = await startPubSubEmulator({ ...config, onEvent: writeEvent }).catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new Error(`PUBSUB_PORT must be a free port, ${config.port} is taken by another program`) : error;
  });
  writeLine('info', `listening on ${emulator.address}`, { data: config.directory });
  flushCompileCache();
  const reason = await Promise.race([asked, emulator.ended]);
  await emulator[Symbol.asyncDispose]();
  if (reason instanceof Error) process.exit(1);
  writeLine('info', 'stopped');
  process.exit(0);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) fail(error);
  process.stderr.write(
    `emulator-pubsub cannot start, its settings are wrong:\n${error.message.replace(/^/gm, '  ')}\n`,
  );
  process.exit(EXIT_CONFIG);
}
