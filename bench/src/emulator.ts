import { randomBytes, randomUUID } from 'node:crypto';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { startApacheKafka } from './apache-kafka.ts';
import { freePort, listens, type Running, start, startSeconds } from './processes.ts';
import { interleaved, median, type Section } from './ratio.ts';

const ROUNDS = 5;
/** Both are held back by the client that they share, so that little decides. */
const CONSUME_ROUNDS = 11;
const PARTITIONS = 4;
const BATCH = 500;
const BATCHES = 400;
/** A million records, read in a second or two: over less, what else the machine does decides. */
const FILLING_BATCHES = 2_000;
const FILLING_RECORDS = BATCH * FILLING_BATCHES;

/** The emulator beside Apache Kafka, with the same client; Apache Kafka does not sync, the emulator does. */
export async function emulatorSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const port = await freePort();
  const seconds = await startSeconds('packages/emulator-kafka/src/main.ts', ROUNDS, (KAFKA_PORT) => ({
    KAFKA_PORT,
    SLUICE_DATA_DIR: `${data.path}/probe`,
  }));
  await using emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(port),
    SLUICE_DATA_DIR: `${data.path}/emulator`,
  });
  const ours = `127.0.0.1:${port}`;
  await waitFor('the emulator', () => listens(ours));
  await using theirs = await startApacheKafka(`${data.path}/apache`);
  if (!theirs) {
    return {
      ratios: [],
      bounds: await bounds(ours, emulator, seconds),
      notes: ['Maven or Java are not at hand: no Apache Kafka to compare with'],
    };
  }
  const produceAnew = async (bootstrap: string) => produce(bootstrap, BATCHES, await newTopic(bootstrap));
  // What is read afterwards warms both up.
  const ourTopic = await filledTopic(ours);
  const theirTopic = await filledTopic(theirs.bootstrap);
  const produced = await interleaved(ROUNDS, {
    emulator: () => produceAnew(ours),
    apache: () => produceAnew(theirs.bootstrap),
  });
  const consumed = await interleaved(CONSUME_ROUNDS, {
    emulator: () => consume(ours, ourTopic),
    apache: () => consume(theirs.bootstrap, theirTopic),
  });
  const ratio = (name: string, figures: { emulator: number[]; apache: number[] }, atLeast: number) => ({
    name: `${name}, emulator / Apache Kafka`,
    measured: median(figures.emulator),
    limit: median(figures.apache),
    unit: 'records/s',
    atLeast,
  });
  return {
    ratios: [ratio('produce', produced, 0.65), ratio('consume', consumed, 0.95)],
    bounds: await bounds(ours, emulator, seconds),
    notes: [
      `medians of ${ROUNDS} interleaved rounds of ${BATCH * BATCHES} records produced, ${CONSUME_ROUNDS} of ${FILLING_RECORDS} consumed`,
      'Apache Kafka does not sync',
    ],
  };
}

async function bounds(bootstrap: string, emulator: Running, seconds: number) {
  await filledTopic(bootstrap);
  return [
    { name: 'emulator start', measured: seconds, unit: 's', atMost: 0.3 },
    {
      name: 'emulator resident after a million records more',
      measured: await emulator.residentMiB(),
      unit: 'MiB',
      atMost: 250,
    },
  ];
}

function client(bootstrap: string): Kafka {
  return new Kafka({ brokers: [bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING });
}

async function newTopic(bootstrap: string): Promise<string> {
  const topic = `bench-${randomUUID()}`;
  const admin = client(bootstrap).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}

async function filledTopic(bootstrap: string): Promise<string> {
  const topic = await newTopic(bootstrap);
  await produce(bootstrap, FILLING_BATCHES, topic);
  return topic;
}

/** @returns records per second */
async function produce(bootstrap: string, batches: number, topic: string): Promise<number> {
  const producer = client(bootstrap).producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = randomBytes(100);
  const startedAt = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    const messages = Array.from({ length: BATCH }, (_, index) => ({ value, partition: index % PARTITIONS }));
    await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.None });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await producer.disconnect();
  return (batches * BATCH) / seconds;
}

/** @returns records per second, from the first batch to the last */
async function consume(bootstrap: string, topic: string): Promise<number> {
  const consumer = client(bootstrap).consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  let firstAt = 0;
  let firstCount = 0;
  const done = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      if (seen === 0) {
        firstAt = performance.now();
        firstCount = batch.messages.length;
      }
      seen += batch.messages.length;
      if (seen >= FILLING_RECORDS) done.resolve();
    },
  });
  await done.promise;
  const seconds = (performance.now() - firstAt) / 1000;
  await consumer.disconnect();
  return (FILLING_RECORDS - firstCount) / seconds;
}
