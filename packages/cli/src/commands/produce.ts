import { listenForShutdown, readSettings, SettingsError } from '@sluice/runtime';
import { complain, complaints } from '../console.ts';
import { gatewayUrl } from '../gateway-url.ts';
import { EventGateway } from '../produce/event-gateway.ts';
import { EXAMPLES, type ExampleName } from '../produce/examples.ts';
import { produce as produceEvents } from '../produce/producer.ts';
import { standardOutput } from '../standard-output.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';

export interface ProduceOptions {
  /** Default: the gateway of `sluice start` with the same environment. */
  readonly url?: URL;
  readonly count?: number;
  readonly interval: number;
}

const END_DEADLINE_MS = 5_000;

/**
 * Sends random events of an example until it is told to end, nobody reads what it prints, or `count` are sent. Resolves to
 * the exit code.
 */
export async function produce(
  name: ExampleName,
  options: ProduceOptions,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const { tell, log } = complaints();
  using shutdown = listenForShutdown({ log, deadlineMs: END_DEADLINE_MS });
  const output = standardOutput();
  const signal = AbortSignal.any([shutdown.signal, output.signal]);
  try {
    const url = options.url ?? readSettings(gatewayUrl, environment);
    await produceEvents({
      example: EXAMPLES[name],
      gateway: new EventGateway({ url, signal }),
      ...(options.count !== undefined && { count: options.count }),
      intervalMs: options.interval,
      signal,
      print: (line) => output.line(line, signal),
      onTrouble: tell,
    });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    complain(`cannot produce:\n${error.message}\n(or say where with --url)`);
    return EXIT_CONFIG;
  }
  const failure = output.failure();
  if (failure) complain(`cannot write to standard output: ${failure.message}`);
  return failure ? 1 : 0;
}
