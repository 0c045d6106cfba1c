import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrokerRecord, SluiceError } from '@sluice/core';
import { listenForShutdown, readSettings, SettingsError } from '@sluice/runtime';
import { openBroker } from '@sluice/wiring';
import { complain, complaints } from '../console.ts';
import { printedValue } from '../listen/printed-value.ts';
import { TopicReader } from '../listen/topic-reader.ts';
import { topicLookUp, untilTopicIsThere } from '../listen/until-there.ts';
import { standardOutput } from '../standard-output.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';
import { startedBroker } from '../started-broker.ts';

/** Leaving the group may take 3 s, and is not worth more. */
const END_DEADLINE_MS = 5_000;
const REMOVED_WITHIN_MS = 2_000;

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
    const config = readSettings(startedBroker, environment);
    await using broker = await openBroker(config, { clientId: 'sluice-listen', log });
    complain(`listening to events from topic: ${topic}`);
    const group = `sluice-listen-${randomUUID()}`;
    try {
      if (await untilTopicIsThere({ isThere: topicLookUp(broker, topic, group), topic, signal, onWaiting: tell })) {
        const handler = new TopicReader({ write });
        await broker.subscriber.run({ group, topics: [topic], handler, signal });
      }
    } finally {
      // Nobody reads as this group again, and for a subscription Pub/Sub would keep a month's messages. A broker that is
      // down has mostly none to be removed.
      const removed = broker.admin.removeSubscriptions({ group, topics: [topic] });
      await Promise.race([
        removed.catch((error) => log.debug({ err: error }, error.message)),
        delay(REMOVED_WITHIN_MS),
      ]);
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
