import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { LogError, ManualClock, nodeFileSystem } from '@sluice/durable-log';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { checkBatch } from '../record-batch.ts';
import { type BatchSpec, buildBatch, readRecords } from '../testing/batches.ts';
import { FailingFileSystem } from '../testing/failing-file-system.ts';
import { topicSettings } from '../topic-config.ts';
import { type AppendResult, Partition, type PartitionOptions } from './partition.ts';
import { readProducerSnapshot } from './producer-snapshot.ts';

const HOUR_MS = 3_600_000;

interface Setting {
  readonly clock: ManualClock;
  readonly open: (options?: Partial<PartitionOptions>) => Promise<Partition>;
  readonly directory: string;
}

async function setting(context: TestContext): Promise<Setting> {
  const directory = await temporaryDirectory();
  context.after(() => directory[Symbol.asyncDispose]());
  const clock = new ManualClock();
  const open = (options: Partial<PartitionOptions> = {}) =>
    Partition.open({
      index: 0,
      directory: directory.path,
      fileSystem: nodeFileSystem,
      clock,
      settings: topicSettings({}),
      deletedBefore: 0,
      onLogEvent: () => undefined,
      ...options,
    });
  return { clock, open, directory: directory.path };
}

function append(partition: Partition, spec: BatchSpec = {}): Promise<AppendResult> {
  const checked = checkBatch(buildBatch(spec), 2 ** 30, 7);
  if (checked.kind === 'refused') throw new Error(checked.message);
  return partition.append(checked.bytes, checked.header);
}

const sequenced = (sequence: number, epoch = 0): BatchSpec => ({ producerId: 9, epoch, sequence });

const baseOffset = (result: AppendResult): number | string =>
  result.kind === 'appended' ? result.baseOffset : result.error;

test('batches lie one behind the other, with their offsets inside', async (context) => {
  const { open } = await setting(context);
  await using partition = await open();
  const results = await Promise.all([
    append(partition, { values: ['a', 'b'] }),
    append(partition, { values: ['c'] }),
    append(partition, { values: ['d', 'e'] }),
  ]);
  assert.deepEqual(results.map(baseOffset), [0, 2, 3]);
  const entries = await partition.read(0, 1e6);
  const records = readRecords(Buffer.concat(entries.map(({ payload }) => payload)));
  assert.deepEqual(
    records,
    [...'abcde'].map((value, offset) => ({ offset, value })),
  );
});

test('what producers wrote is known after a restart, with and without what was saved on closing', async (context) => {
  const { open, directory } = await setting(context);
  {
    await using partition = await open();
    for (let sequence = 0; sequence < 7; sequence += 1) await append(partition, sequenced(sequence));
  }
  for (const saved of [true, false]) {
    if (!saved) await nodeFileSystem.remove(`${directory}/producers.snapshot`);
    await using partition = await open();
    assert.equal(baseOffset(await append(partition, sequenced(6))), 6);
    assert.equal(baseOffset(await append(partition, sequenced(2))), 2);
    assert.equal(baseOffset(await append(partition, sequenced(1))), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    assert.equal(partition.endOffset, 7);
  }
});

test('a damaged snapshot of the producers is as good as none', async (context) => {
  const { open, directory } = await setting(context);
  {
    await using partition = await open();
    await append(partition, sequenced(0));
  }
  assert.ok((await readdir(directory)).includes('producers.snapshot'));
  const file = await nodeFileSystem.open(`${directory}/producers.snapshot`, { create: false });
  await file.write([Buffer.from('{"')], 6);
  await file.close();
  await using partition = await open();
  assert.equal(baseOffset(await append(partition, sequenced(0))), 0);
  assert.equal(baseOffset(await append(partition, sequenced(2))), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('a duplicate of a batch that is not durable yet is acknowledged with it, not before', async (context) => {
  const { open } = await setting(context);
  const fileSystem = new FailingFileSystem();
  await using partition = await open({ fileSystem });
  const { promise, resolve } = Promise.withResolvers<void>();
  fileSystem.gate = promise;
  const order: string[] = [];
  const original = append(partition, sequenced(0)).then(() => order.push('original'));
  const duplicate = append(partition, sequenced(0)).then((result) => order.push(`duplicate at ${baseOffset(result)}`));
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(order, []);
  resolve();
  await Promise.all([original, duplicate]);
  assert.deepEqual(order.sort(), ['duplicate at 0', 'original']);
});

test('a full disk forgets what it refused: the same batches are taken once there is space', async (context) => {
  const { open } = await setting(context);
  const fileSystem = new FailingFileSystem();
  await using partition = await open({ fileSystem });
  await append(partition, sequenced(0));
  fileSystem.writeError = 'ENOSPC';
  const refused = await Promise.allSettled([append(partition, sequenced(1)), append(partition, sequenced(2))]);
  for (const result of refused) {
    assert.ok(result.status === 'rejected' && result.reason instanceof LogError && result.reason.code === 'no-space');
  }
  fileSystem.writeError = undefined;
  assert.equal(baseOffset(await append(partition, sequenced(2))), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(baseOffset(await append(partition, sequenced(1))), 1);
  assert.equal(baseOffset(await append(partition, sequenced(2))), 2);
});

test('records are too early or too late only by the topic’s own settings', async (context) => {
  const { clock, open } = await setting(context);
  await using partition = await open();
  const at = (timestampMs: number) => append(partition, { timestampMs }).then(baseOffset);
  assert.equal(await at(clock.now() + HOUR_MS), 0);
  assert.equal(await at(clock.now() + HOUR_MS + 1), 'INVALID_TIMESTAMP');
  assert.equal(await at(1), 1);
  assert.equal(await at(-1), 2);
  partition.configure(topicSettings({ 'message.timestamp.before.max.ms': '1000' }));
  assert.equal(await at(clock.now() - 1001), 'INVALID_TIMESTAMP');
  assert.equal(await at(clock.now() - 1000), 3);
});

test('where the broker stamps records, a client cannot; where it does not, a client cannot say it did', async (context) => {
  const { clock, open } = await setting(context);
  await using partition = await open();
  const LOG_APPEND_TIME = 0x08;
  await append(partition, { attributes: LOG_APPEND_TIME, timestampMs: 5 });
  partition.configure(topicSettings({ 'message.timestamp.type': 'LogAppendTime' }));
  const stamped = await append(partition, { timestampMs: 5 });
  assert.equal(stamped.kind === 'appended' && stamped.logAppendTimeMs, clock.now());
  const [first, second] = await partition.read(0, 1e6);
  assert.equal(first && first.payload.readInt16BE(21) & LOG_APPEND_TIME, 0);
  assert.equal(second && second.payload.readInt16BE(21) & LOG_APPEND_TIME, LOG_APPEND_TIME);
  assert.deepEqual(await partition.findByTimestamp(6), { offset: 1, timestampMs: clock.now() });
});

test('times are looked up across batches, and only in what is kept', async (context) => {
  const { clock, open } = await setting(context);
  await using partition = await open();
  const start = clock.now();
  for (const deltas of [
    [0, 10],
    [30, 20],
    [15, 40],
  ]) {
    await append(partition, { values: ['a', 'b'], timestampMs: start, timestampDeltas: deltas });
  }
  assert.deepEqual(await partition.findByTimestamp(start + 11), { offset: 2, timestampMs: start + 30 });
  assert.deepEqual(await partition.findByTimestamp(start + 31), { offset: 5, timestampMs: start + 40 });
  assert.equal(await partition.findByTimestamp(start + 41), undefined);
  assert.deepEqual(await partition.findNewest(), { offset: 5, timestampMs: start + 40 });
  await partition.deleteBefore(3);
  assert.equal(partition.startOffset, 3);
  assert.deepEqual(await partition.findByTimestamp(start), { offset: 3, timestampMs: start + 20 });
  await assert.rejects(partition.read(2, 1e6), { code: 'out-of-range' });
});

test('all that is too old goes, also from the segment that is written to; offsets go on', async (context) => {
  const { clock, open } = await setting(context);
  await using partition = await open({ settings: topicSettings({ 'retention.ms': '1000' }) });
  await append(partition, { timestampMs: clock.now() });
  clock.advance(1000);
  await partition.enforceRetention(clock.now(), 0);
  assert.equal(partition.startOffset, 0);
  clock.advance(1);
  await partition.enforceRetention(clock.now(), 0);
  assert.equal(partition.startOffset, 1);
  assert.equal(baseOffset(await append(partition, { timestampMs: clock.now() })), 1);
});

test('nothing goes by age where the policy is to compact', async (context) => {
  const { clock, open } = await setting(context);
  const settings = topicSettings({ 'retention.ms': '1000', 'cleanup.policy': 'compact' });
  await using partition = await open({ settings });
  await append(partition, { timestampMs: clock.now() });
  clock.advance(5000);
  await partition.enforceRetention(clock.now(), 0);
  assert.equal(partition.startOffset, 0);
});

test('the oldest segments go by size', async (context) => {
  const { open } = await setting(context);
  const settings = { ...topicSettings({ 'retention.ms': '-1', 'retention.bytes': '5000' }), segmentBytes: 1000 };
  await using partition = await open({ settings });
  for (let each = 0; each < 30; each += 1) await append(partition, { values: ['x'.repeat(500)] });
  await partition.enforceRetention(0, 0);
  assert.ok(partition.startOffset > 10 && partition.startOffset < 25, `starts at ${partition.startOffset}`);
  assert.equal(partition.endOffset, 30);
});

test('a producer is known after a restart even where its records are gone', async (context) => {
  const { open } = await setting(context);
  {
    await using partition = await open();
    await append(partition, sequenced(0));
    await partition.deleteBefore(1);
    assert.equal((await partition.read(1, 1e6)).length, 0);
  }
  await using partition = await open();
  assert.equal(baseOffset(await append(partition, sequenced(0))), 0);
  assert.equal(baseOffset(await append(partition, sequenced(2))), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('producers are saved from time to time, so that opening after a crash reads little', async (context) => {
  const { open, directory } = await setting(context);
  await using partition = await open();
  for (let sequence = 0; sequence < 17; sequence += 1) {
    await append(partition, { ...sequenced(sequence), values: ['x'.repeat(1024 * 1024)] });
  }
  const saved = await waitFor('a snapshot', () => readProducerSnapshot(nodeFileSystem, directory));
  assert.ok(saved.offset >= 15 && saved.offset <= 17, `saved at ${saved.offset}`);
});
