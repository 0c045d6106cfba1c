import { randomUUID } from 'node:crypto';
import { type BrokerRecord, SluiceError } from '@sluice/core';
import { listenForShutdown, readSettings, type Setting, SettingsError } from '@sluice/runtime';
import { type BrokerConfig, brokerConfig, openBroker } from '@sluice/wiring';
import { complain, complaints } from '../console.ts';
import { printedValue } from '../listen/printed-value.ts';
import { TopicReader } from '../listen/topic-reader.ts';
import { untilTopicIsThere } from '../listen/until-there.ts';
import { standardOutput } from '../standard-output.ts';
import { listenHost, reachable } from '../start/part.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';
import { startedPort } from '../start/settings.ts';

/** Leaving the group may take 3 s, and is not worth more. */
const END_DEADLINE_MS = 5_000;

/** Without `KAFKA_BROKER`, where `sluice start` runs the broker with the same environment. */
const listenedBroker: Setting<BrokerConfig> = {
  read(environment) {
    if (environment.KAFKA_BROKER) return brokerConfig.read(environment);
    const port = startedPort('kafka').read(environment);
    if (port.kind === 'faulty') return port;
    const KAFKA_BROKER = `${reachable(listenHost('kafka', environment))}:${port.value}`;
    return brokerConfig.read({ ...environment, KAFKA_BROKER });
  },
};

/**
 * Prints the values of a topic's records, one a line, from the beginning and then as they come, until it is told to end or
 * nobody reads them. Standard output gets values alone. Resolves to the exit code.
 */
export async function listen(topic: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const { tell, log } = complaints();
  using shutdown = listenForShutdown({ log, deadlineMs: END_DEADLINE_MS });
  const output = standardOutput();
  const signal = AbortSignal.any([shutdown.signal, output.signal]);
  const write = async (record: BrokerRecord): Promise<boolean> => {
    if (record.fault === undefined) await output.line(printedValue(record.value), signal);
    else tell(`a record cannot be read: ${record.fault}`);
    return !signal.aborted;
  };
  try {
    const config = readSettings(listenedBroker, environment);
    await using broker = await openBroker(config, { clientId: 'sluice-listen', log });
    complain(`listening to events from topic: ${topic}`);
    if (await untilTopicIsThere({ admin: broker.admin, topic, signal, onWaiting: tell })) {
      const handler = new TopicReader({ write });
      await broker.subscriber.run({ group: `sluice-listen-${randomUUID()}`, topics: [topic], handler, signal });
    }
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof SluiceError)) throw error;
    complain(`cannot listen:\n${error.message}`);
    return error instanceof SettingsError ? EXIT_CONFIG : 1;
  }
  const failure = output.failure();
  if (failure) complain(`cannot write to standard output: ${failure.message}`);
  return failure ? 1 : 0;
}
