import type { Broker } from '@sluice/core';

/** Everything in a topic, by partition, as text: read in one go, from the beginning to the end as it is now. */
export async function logContent(broker: Broker, topic: string): Promise<ReadonlyMap<number, readonly string[]>> {
  const ends = await broker.admin.ends([topic]);
  const content = new Map<number, string[]>(ends.map(({ partition }) => [partition, []]));
  const done = new AbortController();
  const isComplete = (): boolean =>
    ends.every(({ partition, endOffset }) => (content.get(partition)?.length ?? 0) >= endOffset);
  if (isComplete()) return content;
  await broker.subscriber.run({
    group: `content-${crypto.randomUUID()}`,
    topics: [topic],
    signal: done.signal,
    handler: {
      assigned: async (partitions) => partitions.map((each) => ({ ...each, offset: each.startOffset })),
      handle: async ({ partition, records }) => {
        content.get(partition ?? -1)?.push(...records.map(({ value }) => String(value)));
        if (isComplete()) done.abort();
        return { count: records.length };
      },
    },
  });
  return content;
}
