import { aborted } from '@sluice/runtime';
import { Alerts } from './alerts.ts';
import type { DataDirectory } from './data-directory.ts';
import { endLeftoverPostgres } from './leftover-postgres.ts';
import { forgetProcesses, recordProcesses } from './leftovers.ts';
import { obituary, othersWithWrongSettings } from './obituary.ts';
import type { Part } from './part.ts';
import { EXIT_CONFIG, howItEnded, type PartEnd, PartProcess } from './part-process.ts';
import { untilReady } from './readiness.ts';
import { Refusal } from './refusal.ts';
import type { PartName } from './settings.ts';

export interface SupervisorOptions {
  readonly parts: readonly Part[];
  readonly directory: DataDirectory;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborts when the pipeline is to end. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onReady: () => void;
}

type Outcome = { readonly kind: 'told' } | { readonly kind: 'died'; readonly end: PartEnd };

/** The data's way: nobody ends before those who hand something on to them. */
const STOP_ORDER: readonly PartName[] = ['gateway', 'ingest', 'consumer', 'query', 'kafka', 'pubsub', 'postgres'];

/**
 * Runs the parts until the signal aborts or one of them ends, then ends the others. Resolves to the exit code: 0 after a
 * signal that all of them obeyed, 78 where settings are wrong, else 1.
 */
export async function supervise(options: SupervisorOptions): Promise<number> {
  const alerts = new Alerts(options.say);
  const processes = launch(options, alerts);
  const outcome = await run(processes, options, alerts);
  const code = await close(outcome, processes, options);
  forgetProcesses(options.directory.processesFile);
  return code;
}

function launch({ parts, directory, environment }: SupervisorOptions, alerts: Alerts): readonly PartProcess[] {
  const processes: PartProcess[] = [];
  for (const part of parts) {
    const onAlert = (line: string): void => alerts.hear(`${part.name} ${line}`);
    const outlivedBy = processes.filter((earlier) => LAYER[earlier.part.name] < LAYER[part.name]);
    processes.push(new PartProcess(part, { environment, directory, onAlert, outlivedBy }));
    recordProcesses(directory.processesFile, processes);
  }
  return processes;
}

/** A part needs those of lower layers to its end. */
const LAYER: Readonly<Record<PartName, number>> = {
  kafka: 0,
  pubsub: 0,
  postgres: 0,
  ingest: 1,
  consumer: 1,
  query: 1,
  gateway: 2,
};

async function run(
  processes: readonly PartProcess[],
  { parts, signal, say, onReady }: SupervisorOptions,
  alerts: Alerts,
): Promise<Outcome> {
  const end = Promise.race<Outcome>([
    aborted(signal).then(() => ({ kind: 'told' })),
    ...processes.map(({ ended }) => ended.then((end) => ({ kind: 'died', end }) as const)),
  ]);
  const waiting = new AbortController();
  const onWaiting = (line: string): void => {
    alerts.open();
    say(line);
  };
  const ready = untilReady({ parts, signal: waiting.signal, onWaiting }).then(() => undefined);
  const early = await Promise.race([end, ready]);
  waiting.abort();
  alerts.open();
  if (early) return early;
  onReady();
  return await end;
}

/** Ends what still runs, and resolves to the exit code. */
async function close(
  outcome: Outcome,
  processes: readonly PartProcess[],
  { directory, say }: SupervisorOptions,
): Promise<number> {
  let code = 0;
  if (outcome.kind === 'died') {
    const dead = [outcome.end, ...(await othersWithWrongSettings(outcome.end, processes))];
    for (const end of dead) await obituary(end, processes, directory, say);
    say('stopping the rest');
    code = outcome.end.code === EXIT_CONFIG ? EXIT_CONFIG : 1;
  }
  for (const name of STOP_ORDER) {
    const end = await processes.find(({ part }) => part.name === name)?.stop();
    if (end && name === 'postgres' && !(await postgresHasEnded(directory, say))) code ||= 1;
    // A part that does not listen for signals yet ends by the signal itself.
    if (code !== 0 || !end || end.code === 0 || end.signal === 'SIGTERM') continue;
    say(`${name} did not end as it should (${howItEnded(end)}); see ${directory.logs}/${name}.log`);
    code = 1;
  }
  say('stopped');
  return code;
}

/** A keeper that was killed has left its PostgreSQL running. */
async function postgresHasEnded(directory: DataDirectory, say: (line: string) => void): Promise<boolean> {
  try {
    await endLeftoverPostgres(directory, say);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    return false;
  }
}
