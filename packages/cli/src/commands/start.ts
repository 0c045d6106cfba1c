import { listenForShutdown, readSettings, SettingsError } from '@sluice/runtime';
import { consoleLogger, say, show } from '../console.ts';
import { openDataDirectory } from '../start/data-directory.ts';
import { greeting } from '../start/greeting.ts';
import { endLeftoverPostgres } from '../start/leftover-postgres.ts';
import { endLeftovers } from '../start/leftovers.ts';
import { listenHost, partsOn } from '../start/part.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';
import { availablePorts } from '../start/ports.ts';
import { Refusal } from '../start/refusal.ts';
import { type PartName, partsToStart, startSettings } from '../start/settings.ts';
import { supervise } from '../start/supervisor.ts';

/** Every part in turn may take as long to drain as it gives itself. */
const DRAIN_DEADLINE_MS = 120_000;

/** Runs the whole pipeline until it is told to end. Resolves to the exit code. */
export async function start(environment: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  using shutdown = listenForShutdown({ log: consoleLogger(), deadlineMs: DRAIN_DEADLINE_MS });
  try {
    const settings = readSettings(startSettings, environment);
    using directory = openDataDirectory(settings.dataDirectory);
    // Before the ports are looked at: what is left may have them.
    await endLeftovers(directory.processesFile, say);
    await endLeftoverPostgres(directory, say);
    const hostOf = (part: PartName): string => listenHost(part, environment);
    const ports = await availablePorts(partsToStart(settings), settings.ports, hostOf);
    const parts = partsOn(ports, directory, environment);
    return await supervise({
      parts,
      directory,
      environment,
      signal: shutdown.signal,
      say,
      onReady: () => show(greeting(parts, directory, performance.now() - startedAt)),
    });
  } catch (error) {
    if (error instanceof SettingsError) {
      say(`cannot start, its settings are wrong:\n${error.message}`);
      return EXIT_CONFIG;
    }
    if (!(error instanceof Refusal)) throw error;
    say(`cannot start:\n${error.message}`);
    return 1;
  }
}
