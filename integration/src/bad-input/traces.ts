import { createHash } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { BrokerPlace } from '../environments/environment.ts';
import { PubSubLog, topicsAt } from '../pipeline/pubsub-log.ts';
import type { Stored } from '../pipeline/stored.ts';

/** How many records there were ever in every topic, by `topic/partition` where there are partitions. */
export async function logEnds({ brokerKind, brokerAddress }: BrokerPlace): Promise<ReadonlyMap<string, number>> {
  return brokerKind === 'kafka' ? await kafkaEnds(brokerAddress) : await pubSubCounts(brokerAddress);
}

async function pubSubCounts(address: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const topic of await topicsAt(address)) {
    const messages = await new PubSubLog(address, topic, false).messages();
    // A consumer's own, whenever it wants to know how far the control stream is projected.
    counts.set(topic, messages.filter(({ value }) => String(value) !== MARKER).length);
  }
  return counts;
}

const MARKER = '{"kind":"marker"}';

async function kafkaEnds(brokerAddress: string): Promise<ReadonlyMap<string, number>> {
  const admin = new Kafka({ brokers: [brokerAddress], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const ends = new Map<string, number>();
    for (const topic of (await admin.listTopics()).sort()) {
      if (topic.startsWith('__')) continue;
      const offsets = await admin.fetchTopicOffsets(topic);
      for (const { partition, high } of offsets.sort((a, b) => a.partition - b.partition)) {
        ends.set(`${topic}/${partition}`, Number(high));
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}

/** How many records lie in the log, all topics together. */
export const countOf = (ends: ReadonlyMap<string, number>): number =>
  [...ends.values()].reduce((sum, end) => sum + end, 0);

interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A digest of the rows of every table, by `schema.table`, of which there are exactly these. */
export async function storedTables(stored: Stored): Promise<ReadonlyMap<string, string>> {
  const tables = await stored.query<TableName>(
    `select schemaname as schema, tablename as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1, 2`,
  );
  const digests = new Map<string, string>();
  for (const { schema, name } of tables) {
    digests.set(`${schema}.${name}`, await digestOf(stored, `select * from ${quote(schema)}.${quote(name)}`));
  }
  return digests;
}

/** A digest of what a query finds, in whatever order. */
export async function digestOf(stored: Stored, query: string): Promise<string> {
  const rows = await stored.query<{ row: string }>(`select t::text as row from (${query}) t`);
  const lines = rows.map(({ row }) => row).sort();
  return `${lines.length} rows, ${createHash('sha256').update(lines.join('\n')).digest('hex')}`;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
