import assert from 'node:assert/strict';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  identify,
  type ProjectionObserver,
  runProjection,
  type StoreBatch,
  type StoredPosition,
  type StoreWriter,
} from '@sluice/core';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { waitFor } from '@sluice/testing';
import { newClient, newCluster } from './client/client.ts';
import { openKafkaBroker } from './index.ts';
import { MAX_BATCH_BYTES } from './records/decompress.ts';
import { rawBatch, rawRecord } from './testing/raw-batch.ts';
import { produceRaw } from './testing/raw-producer.ts';

const TOPIC = 'bad-batches';
const GZIP = 1;
const good = (value: string, index = 0): Buffer => rawRecord(index, { value: Buffer.from(value) });
const garbage = Buffer.from('garbage');

/** Compressed, since a broker looks into other batches, and does not take those that it cannot read. */
const gzipped = (records: readonly Buffer[], count = records.length): Buffer =>
  rawBatch(0, [gzipSync(Buffer.concat(records))], { codec: GZIP, count });

const batches: readonly (readonly [batch: Buffer, kept: readonly string[]])[] = [
  [rawBatch(0, [good('first')]), ['0 first']],
  ...[1, 2, 3, 4].map((codec) => [rawBatch(0, [garbage], { codec, count: 1 }), [`${codec} dead`]] as const),
  [gzipped([good('second')], 5), ['5 second', '9 dead']],
  [
    gzipped([good('third'), rawRecord(1, { value: garbage, headerCount: 5 }), good('fourth', 2)]),
    ['10 third', '11 dead', '12 fourth'],
  ],
  [gzipped([rawRecord(0, { value: garbage, valueLength: 1_000_000 }), good('fifth', 1)]), ['13 dead', '14 fifth']],
  [gzipped([Buffer.alloc(MAX_BATCH_BYTES + 1)], 3), ['17 dead']],
  [rawBatch(0, [good('last')]), ['18 last']],
];

/** Keeps what it is told, by offset. */
class KeepingStore implements StoreWriter {
  readonly kept: string[] = [];
  position: StoredPosition | undefined;

  async apply({ items, advance }: StoreBatch) {
    const all = [...items];
    this.position = advance?.to;
    for (const item of all) {
      const record = item.kind === 'effects' ? item.record : item.deadLetter.record;
      const offset = record.position.kind === 'offset' ? record.position.offset : -1;
      this.kept.push(`${offset} ${item.kind === 'effects' ? record.value : 'dead'}`);
    }
    return all.map(({ kind }) => ({ kind: kind === 'effects' ? ('projected' as const) : ('dead-lettered' as const) }));
  }

  async positions(): Promise<readonly StoredPosition[]> {
    return this.position ? [this.position] : [];
  }

  furthestPositions = (): Promise<readonly StoredPosition[]> => this.positions();
}

const observer: ProjectionObserver = {
  applied: () => {},
  deadLettered: ({ reason }) => assert.equal(reason, 'malformed-record'),
  waiting: () => {},
  unverified: () => {},
  progressed: () => {},
};

it('a batch that cannot be read becomes a dead letter, its neighbours are projected, and a restart goes on behind it', async () => {
  await using emulator = await startKafkaEmulator({ port: 0 });
  const address = `${emulator.host}:${emulator.port}`;
  const options = { brokers: [address], clientId: 'other', connectTimeoutMs: 3_000, requestTimeoutMs: 5_000 };
  const client = newClient({ ...options, log: () => {} });
  await using broker = await openKafkaBroker({ brokers: [address] });
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  const cluster = newCluster(client);
  const store = new KeepingStore();
  const expected: string[] = [];
  try {
    for (const [batch, kept] of batches) {
      await produceRaw(cluster, TOPIC, 0, batch);
      expected.push(...kept);
      // A new member each time: where it goes on, the record that was projected last is read again.
      const stop = new AbortController();
      const projecting = runProjection({
        broker,
        group: 'group',
        streams: [
          {
            name: 'echo.v1',
            topic: TOPIC,
            read: (record) => ({ kind: 'command', identity: identify(record), effects: [] }),
          },
        ],
        writer: store,
        observer,
        signal: stop.signal,
      });
      await Promise.race([waitFor('the batch', () => store.kept.length >= expected.length), projecting]);
      stop.abort();
      await projecting;
    }
  } finally {
    client.sockets.close();
  }
  assert.deepEqual(store.kept, expected);
  assert.equal(store.position?.nextOffset, 19);
});
