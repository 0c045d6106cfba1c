import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ListeningProcess, seededRandom, temporaryDirectory, waitFor } from '@sluice/testing';
import { buildBatch, readRecords } from './testing/batches.ts';
import { startBrokerProcess } from './testing/broker-process.ts';
import { RawClient } from './testing/raw-client.ts';
import {
  createTopic,
  fetch,
  initProducerId,
  listOffset,
  produce,
  receiveProduced,
  sendFetch,
  sendProduce,
} from './testing/requests.ts';

/** In MiB, as Linux reports it. */
async function residentMiB({ child }: ListeningProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

const MAIN = join(import.meta.dirname, 'main.ts');
const PARTITIONS = 3;

/** All values of a partition, read from its beginning. */
async function readAll(
  client: RawClient,
  topic: string,
  partition: number,
): Promise<{ offset: number; value: string }[]> {
  const records: { offset: number; value: string }[] = [];
  for (;;) {
    const offset = records.length;
    const fetched = await fetch(client, topic, { offset, partitions: [partition] });
    assert.equal(fetched.error, 'NONE');
    if (fetched.records.length === 0) return records;
    records.push(...readRecords(fetched.records).filter((record) => record.offset >= offset));
  }
}

test('kill -9 while producing: what was acknowledged is there once, in order, without gaps', async (context) => {
  const random = seededRandom();
  context.diagnostic(`TEST_SEED=${random.seed}`);
  await using directory = await temporaryDirectory();
  const acknowledged: string[][] = Array.from({ length: PARTITIONS }, () => []);
  const sent: string[][] = Array.from({ length: PARTITIONS }, () => []);
  const producerIds = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    await using broker = await startBrokerProcess(directory.path);
    const clients = await Promise.all(Array.from({ length: PARTITIONS }, () => RawClient.connect(broker.port)));
    const [first] = clients;
    assert.ok(first);
    if (round === 0) assert.equal((await createTopic(first, 't', PARTITIONS)).error, 'NONE');
    const ids = await Promise.all(clients.map(initProducerId));
    for (const id of ids) {
      assert.ok(!producerIds.has(id), `producer id ${id} was given out twice`);
      producerIds.add(id);
    }
    const producing = clients.map(async (client, partition) => {
      const producerId = ids[partition] ?? -1;
      const answers: Promise<unknown>[] = [];
      for (let sequence = 0; !client.isClosed; sequence += 1) {
        const value = `${round}-${sequence}-${'x'.repeat(random.below(2000))}`;
        sent[partition]?.push(value);
        sendProduce(client, 't', buildBatch({ producerId, epoch: 0, sequence, values: [value] }), { partition });
        const answer = receiveProduced(client).then(({ error }) => {
          assert.equal(error, 'NONE');
          acknowledged[partition]?.push(value);
        });
        answers.push(answer.catch(() => undefined));
        if (answers.length % 5 === 0) await answers.at(-5);
      }
      await Promise.all(answers);
    });
    await delay(20 + random.below(200));
    await broker.end('SIGKILL');
    await Promise.all(producing);
  }
  await using broker = await startBrokerProcess(directory.path);
  await using client = await RawClient.connect(broker.port);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const records = await readAll(client, 't', partition);
    assert.deepEqual(
      records.map(({ offset }) => offset),
      records.map((_, index) => index),
    );
    const found = records.map(({ value }) => value);
    assert.equal(new Set(found).size, found.length, 'a value is there twice');
    const known = new Set(found);
    assert.deepEqual(
      acknowledged[partition]?.filter((value) => !known.has(value)),
      [],
    );
    assert.deepEqual(
      found,
      sent[partition]?.filter((value) => known.has(value)),
      'the order is another',
    );
  }
  assert.ok(acknowledged.flat().length > 20, `only ${acknowledged.flat().length} were acknowledged`);
});

test('SIGTERM answers what is under way and ends with 0; the data is there afterwards', async () => {
  await using directory = await temporaryDirectory();
  await using broker = await startBrokerProcess(directory.path);
  await using client = await RawClient.connect(broker.port);
  await using waiting = await RawClient.connect(broker.port);
  await createTopic(client, 't');
  sendFetch(waiting, 't', { maxWaitMs: 3_600_000 });
  for (let each = 0; each < 20; each += 1) sendProduce(client, 't', buildBatch());
  await receiveProduced(client);
  const code = broker.end('SIGTERM');
  let answered = 1;
  while (await receiveProduced(client).then(Boolean, () => false)) answered += 1;
  assert.equal(await code, 0);
  await using again = await startBrokerProcess(directory.path);
  await using reader = await RawClient.connect(again.port);
  const { offset } = await listOffset(reader, 't', -1);
  assert.ok(offset >= answered, `${answered} were answered, ${offset} are there`);
});

test('it says in one line that it listens', async () => {
  await using directory = await temporaryDirectory();
  await using broker = await startBrokerProcess(directory.path);
  assert.equal(broker.lines.length, 1);
  assert.match(broker.lines[0] ?? '', /^\{"level":"info",.*"msg":"listening on 127\.0\.0\.1:\d+"\}$/);
});

test('wrong settings end it with 78, a taken port with 1, both in words', async () => {
  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [MAIN], { env: { ...process.env, ...env } }).then(
      () => assert.fail('it runs'),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  const wrong = await run({ KAFKA_PORT: 'x', KAFKA_HOST: '0.0.0.0' });
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /KAFKA_ADVERTISED_HOST must be .*\n.*KAFKA_PORT must be /);
  await using directory = await temporaryDirectory();
  await using broker = await startBrokerProcess(directory.path);
  const taken = await run({ KAFKA_PORT: String(broker.port), KAFKA_DATA_DIR: join(directory.path, 'other') });
  assert.equal(taken.code, 1);
  assert.match(taken.stdout, /KAFKA_PORT must be a free port/);
});

test('clients that ask for much and read nothing take neither the memory nor the records of others', async (context) => {
  await using directory = await temporaryDirectory();
  await using broker = await startBrokerProcess(directory.path);
  await using client = await RawClient.connect(broker.port);
  await createTopic(client, 't');
  const sent = 30;
  for (let each = 0; each < sent; each += 1)
    await produce(client, 't', buildBatch({ values: ['x'.repeat(1_000_000)] }));
  const asked = { maxBytes: 10_485_760, partitionMaxBytes: 10_485_760 };
  const before = await residentMiB(broker);
  const silent = await Promise.all(Array.from({ length: 80 }, () => RawClient.connect(broker.port)));
  for (const { socket } of silent) socket.pause();
  for (const each of silent) for (let request = 0; request < 10; request += 1) sendFetch(each, 't', asked);
  let mostMiB = before;
  // Again and again, so that the broker comes to all the others meanwhile.
  for (let round = 0; round < 5; round += 1) {
    for (let offset = 0; offset < sent; ) {
      const records = readRecords((await fetch(client, 't', { offset, ...asked })).records);
      assert.equal(records[0]?.offset, offset);
      offset += records.length;
    }
    mostMiB = Math.max(mostMiB, await residentMiB(broker));
  }
  const grownMiB = mostMiB - before;
  context.diagnostic(`${grownMiB.toFixed(0)} MiB more`);
  assert.ok(grownMiB < 500, `${grownMiB} MiB more`);
  await Promise.all(silent.map((each) => each[Symbol.asyncDispose]()));
  // The broker hears of each end by itself, a moment later.
  await waitFor('the room to come back', async () => (await fetch(client, 't', asked)).records.length > 9_000_000);
});

test('thousands of half frames and random bytes leave it serving', async (context) => {
  const random = seededRandom();
  context.diagnostic(`TEST_SEED=${random.seed}`);
  await using directory = await temporaryDirectory();
  await using broker = await startBrokerProcess(directory.path);
  await using good = await RawClient.connect(broker.port);
  await createTopic(good, 't');
  const half = Buffer.from([5, 0, 0, 0, 0, 0]);
  for (let wave = 0; wave < 10; wave += 1) {
    const hostile = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(broker.port)));
    for (const [index, { socket }] of hostile.entries()) {
      const garbage = Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
      socket.write(index % 2 === 0 ? half : garbage);
    }
    assert.equal((await produce(good, 't', buildBatch())).baseOffset, wave);
    await Promise.all(hostile.map((client) => client[Symbol.asyncDispose]()));
  }
  const lines = broker.lines.filter((line) => !/closed the connection|left out|listening/.test(line));
  assert.deepEqual(lines, []);
  assert.equal(broker.child.exitCode, null);
});
