import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock, nodeFileSystem } from '@sluice/durable-log';
import { temporaryDirectory } from '@sluice/testing';
import { checkBatch } from '../record-batch.ts';
import { buildBatch } from '../testing/batches.ts';
import { MetadataLog } from './metadata-log.ts';
import { Topics } from './topics.ts';

interface Opened extends AsyncDisposable {
  readonly metadata: MetadataLog;
  readonly topics: Topics;
}

async function opener(
  context: TestContext,
): Promise<{ directory: string; deleted: string[]; open: () => Promise<Opened> }> {
  const directory = await temporaryDirectory();
  context.after(() => directory[Symbol.asyncDispose]());
  const deleted: string[] = [];
  const open = async (): Promise<Opened> => {
    const resources = new AsyncDisposableStack();
    const common = { fileSystem: nodeFileSystem, onLogEvent: () => undefined };
    const metadata = resources.use(await MetadataLog.open({ directory: join(directory.path, 'metadata'), ...common }));
    const onDeleted = async (name: string): Promise<void> => {
      deleted.push(name);
    };
    const folder = join(directory.path, 'topics');
    const clock = new ManualClock();
    const topics = resources.use(await Topics.open({ metadata, directory: folder, clock, onDeleted, ...common }));
    return { metadata, topics, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  };
  return { directory: join(directory.path, 'topics'), deleted, open };
}

async function append(topics: Topics, name: string, index = 0): Promise<void> {
  const checked = checkBatch(buildBatch(), 1000, 7);
  if (checked.kind === 'refused') throw new Error(checked.message);
  await topics.partition(name, index)?.append(checked.bytes, checked.header);
}

test('topics, partitions and settings are there after opening again', async (context) => {
  const { open } = await opener(context);
  let id = '';
  {
    await using opened = await open();
    const { topics } = opened;
    const topic = await topics.create('t', 2, { 'retention.ms': '5' });
    id = topic.id;
    await topics.addPartitions(topic, 4);
    await append(topics, 't', 3);
    const extended = topics.get('t');
    assert.ok(extended);
    await topics.configure(extended, { 'max.message.bytes': '77' });
  }
  await using opened = await open();
  const topic = opened.topics.get('t');
  assert.equal(topic?.id, id);
  assert.deepEqual(topic?.configs, { 'max.message.bytes': '77' });
  assert.equal(topic?.settings.maxMessageBytes, 77);
  assert.deepEqual(
    topic?.partitions.map(({ endOffset }) => endOffset),
    [0, 0, 0, 1],
  );
  assert.equal(opened.topics.getById(id), topic);
});

test('a topic made anew has another id and begins at 0', async (context) => {
  const { open, directory, deleted } = await opener(context);
  await using opened = await open();
  const { topics } = opened;
  const first = await topics.create('t', 1, {});
  await append(topics, 't');
  await topics.delete(first);
  assert.deepEqual(deleted, ['t']);
  assert.equal(topics.get('t'), undefined);
  assert.equal(topics.getById(first.id), undefined);
  assert.deepEqual(await readdir(directory), []);
  const second = await topics.create('t', 1, {});
  assert.notEqual(second.id, first.id);
  assert.equal(second.partitions[0]?.endOffset, 0);
});

test('a deletion that a crash interrupted before the files went is completed, and nothing of it comes back', async (context) => {
  const { open, directory } = await opener(context);
  let id = '';
  {
    await using opened = await open();
    const topic = await opened.topics.create('t', 1, {});
    id = topic.id;
    await append(opened.topics, 't');
    await opened.metadata.write({ type: 'topic-deleted', id });
  }
  assert.deepEqual(await readdir(directory), [id]);
  await using opened = await open();
  assert.equal(opened.topics.get('t'), undefined);
  assert.deepEqual(await readdir(directory), []);
  const again = await opened.topics.create('t', 1, {});
  assert.equal(again.partitions[0]?.endOffset, 0);
});

test('a creation that a crash interrupted leaves nothing', async (context) => {
  const { open, directory } = await opener(context);
  await mkdir(join(directory, 'half-made', '0'), { recursive: true });
  await writeFile(join(directory, 'half-made', '0', 'something'), 'x');
  await using opened = await open();
  assert.deepEqual([...opened.topics], []);
  assert.deepEqual(await readdir(directory), []);
});

test('changes run one after the other, also when one fails', async (context) => {
  const { open } = await opener(context);
  await using opened = await open();
  const { topics } = opened;
  const order: string[] = [];
  const first = topics.exclusively(async () => {
    order.push('first begins');
    await topics.create('t', 1, {});
    order.push('first ends');
    throw new Error('in the end');
  });
  const second = topics.exclusively(async () => order.push('second'));
  await assert.rejects(first, /in the end/);
  await second;
  assert.deepEqual(order, ['first begins', 'first ends', 'second']);
});

test('names that collide are known, until the topic goes', async (context) => {
  const { open } = await opener(context);
  await using opened = await open();
  const topic = await opened.topics.create('a.b', 1, {});
  assert.equal(opened.topics.collidesWith('a_b'), 'a.b');
  assert.equal(opened.topics.collidesWith('a.b'), undefined);
  await opened.topics.delete(topic);
  assert.equal(opened.topics.collidesWith('a_b'), undefined);
});
