import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeFileSystem } from '@sluice/durable-log';
import { temporaryDirectory } from '@sluice/testing';
import { MetadataLog, type TopicRecord } from './metadata-log.ts';
import { ProducerIds } from './producer-ids.ts';

const topic = (name: string, changes: Partial<TopicRecord> = {}): TopicRecord => ({
  name,
  id: `id-of-${name}`,
  partitions: 1,
  configs: {},
  deletedBefore: {},
  ...changes,
});

const open = (directory: string): Promise<MetadataLog> =>
  MetadataLog.open({ directory, fileSystem: nodeFileSystem, onLogEvent: () => undefined });

test('what was written is there after opening again', async () => {
  await using directory = await temporaryDirectory();
  {
    await using metadata = await open(directory.path);
    await metadata.write({ type: 'cluster', clusterId: 'c' });
    await metadata.write({ type: 'topic', topic: topic('a') }, { type: 'topic', topic: topic('b') });
    await metadata.write({ type: 'topic', topic: topic('a', { partitions: 3, configs: { x: '1' } }) });
    await metadata.write({ type: 'topic-deleted', id: 'id-of-b' });
    await metadata.write({ type: 'producer-ids', below: 2000 });
  }
  await using metadata = await open(directory.path);
  assert.equal(metadata.clusterId, 'c');
  assert.equal(metadata.producerIdsBelow, 2000);
  assert.deepEqual([...metadata.topics], [topic('a', { partitions: 3, configs: { x: '1' } })]);
});

test('old records are replaced by snapshots, and nothing is lost by that', async () => {
  await using directory = await temporaryDirectory();
  const configs = { note: 'x'.repeat(3000) };
  {
    await using metadata = await open(directory.path);
    await metadata.write({ type: 'cluster', clusterId: 'c' });
    await metadata.write({ type: 'producer-ids', below: 77 });
    await metadata.write({ type: 'topic', topic: topic('kept') });
    for (let turn = 1; turn <= 1200; turn += 1) {
      await metadata.write({ type: 'topic', topic: topic('changing', { configs, partitions: turn }) });
    }
  }
  const sizes = await Promise.all(
    (await nodeFileSystem.list(directory.path)).map(async (name) => {
      const file = await nodeFileSystem.open(`${directory.path}/${name}`, { create: false });
      const size = await file.size();
      await file.close();
      return size;
    }),
  );
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 2_000_000, `${sizes}`);
  await using metadata = await open(directory.path);
  assert.equal(metadata.clusterId, 'c');
  assert.deepEqual(metadata.topic('id-of-kept'), topic('kept'));
  assert.equal(metadata.topic('id-of-changing')?.partitions, 1200);
  assert.equal(metadata.producerIdsBelow, 77);
});

test('a snapshot that is taken among many writes loses none of them', async () => {
  await using directory = await temporaryDirectory();
  const names = Array.from({ length: 300 }, (_, index) => `topic-${index}`);
  {
    await using metadata = await open(directory.path);
    const rounds = [1, 2, 3, 4, 5].flatMap((partitions) =>
      names.map((name) => metadata.write({ type: 'topic', topic: topic(name, { partitions }) })),
    );
    await Promise.all(rounds);
  }
  await using metadata = await open(directory.path);
  assert.deepEqual(
    [...metadata.topics],
    names.map((name) => topic(name, { partitions: 5 })),
  );
});

test('a producer id is given out once, also across restarts', async () => {
  await using directory = await temporaryDirectory();
  const seen = new Set<number>();
  for (let start = 0; start < 3; start += 1) {
    await using metadata = await open(directory.path);
    const ids = new ProducerIds(metadata);
    for (const id of await Promise.all(Array.from({ length: 1500 }, () => ids.next()))) {
      assert.ok(!seen.has(id), `id ${id}`);
      seen.add(id);
    }
  }
  assert.equal(seen.size, 4500);
});
