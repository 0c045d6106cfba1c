import type { Broker, OutgoingRecord } from '@sluice/core';
import { waitFor } from '@sluice/testing';

/** Makes the topic and puts the records into it, as soon as the broker is up. */
export async function fillTopic(broker: Broker, topic: string, records: Iterable<OutgoingRecord>): Promise<void> {
  await waitFor('the broker', async () => {
    await broker.admin.ensureTopics([{ name: topic, partitions: 6 }]);
    return true;
  });
  let batch: OutgoingRecord[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length === 1_000) {
      await publish(broker, batch);
      batch = [];
    }
  }
  await publish(broker, batch);
}

async function publish({ publisher }: Broker, records: readonly OutgoingRecord[]): Promise<void> {
  if (records.length === 0) return;
  const failed = (await publisher.publish(records)).find((result) => result.kind === 'failed');
  if (failed?.kind === 'failed') throw failed.error;
}
