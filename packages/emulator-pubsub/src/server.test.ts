import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readdir } from 'node:fs/promises';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { type FileSystem, faultyFileSystem, LogError, nodeFileSystem } from '@sluice/durable-log';
import { freePort, temporaryDirectory } from '@sluice/testing';
import { pubsub } from './grpc/protos.ts';
import { startPubSubEmulator } from './server.ts';
import { PROJECT, testEmulator, topicName } from './testing/emulator.ts';
import { bytesOf, RawClient } from './testing/raw-client.ts';

const LIST = 'google.pubsub.v1.Publisher/ListTopics';
const CREATE = 'google.pubsub.v1.Publisher/CreateTopic';
const PUBLISH = 'google.pubsub.v1.Publisher/Publish';
const list = bytesOf(pubsub.ListTopicsRequest, { project: PROJECT });
const create = bytesOf(pubsub.Topic, { name: topicName('orders') });

const topicsIn = async (raw: RawClient): Promise<number> =>
  pubsub.ListTopicsResponse.decode(await raw.call(LIST, list)).topics.length;

test('a taken port is refused before the data is touched', async () => {
  await using emulator = await startPubSubEmulator();
  await using directory = await temporaryDirectory();
  const { port } = emulator;
  await assert.rejects(startPubSubEmulator({ port, directory: `${directory.path}/data` }), { code: 'EADDRINUSE' });
  assert.deepEqual(await readdir(directory.path), []);
});

test('a client that connects before the data is open is served afterwards', async (context) => {
  await using directory = await temporaryDirectory();
  const port = await freePort();
  const client = new RawClient(`127.0.0.1:${port}`);
  context.after(() => client.close());
  const gate = Promise.withResolvers<void>();
  const fileSystem: FileSystem = Object.create(nodeFileSystem, {
    createDirectory: {
      value: async (...args: Parameters<FileSystem['createDirectory']>) => {
        await gate.promise;
        return nodeFileSystem.createDirectory(...args);
      },
    },
  });
  const starting = startPubSubEmulator({ directory: directory.path, port, fileSystem });
  const answer = client.status(LIST, list);
  setTimeout(gate.resolve, 100);
  await using _emulator = await starting;
  assert.equal((await answer).code, 0);
});

test('without a directory nothing lies on the disk, and a new emulator has nothing of the old one', async (context) => {
  const { raw } = await testEmulator(context);
  await raw.call(CREATE, create);
  const other = await testEmulator(context);
  assert.equal(await topicsIn(other.raw), 0);
});

test('a disk that fails cuts every connection, ends the emulator with the reason, and promises nothing', async (context) => {
  const fileSystem = faultyFileSystem();
  const events: string[] = [];
  const onEvent = ({ kind }: { kind: string }): void => void events.push(kind);
  const options = { directory: '/data', fileSystem, onEvent, drainTimeoutMs: 10_000 };
  const { raw, emulator } = await testEmulator(context, options);
  assert.equal(await topicsIn(raw), 0);
  // One that would hold up an end in peace.
  const session = connect(`http://${emulator.address}`);
  session.on('error', () => undefined);
  const unfinished = session.request({ ':method': 'POST', ':path': `/${CREATE}`, 'content-type': 'application/grpc' });
  unfinished.on('error', () => undefined);
  await new Promise((resolve) => unfinished.write(Buffer.alloc(1), resolve));
  await topicsIn(raw);
  const cut = once(session, 'close', { signal: AbortSignal.timeout(3_000) });
  fileSystem.failSync();
  assert.notEqual((await raw.status(CREATE, create)).code, 0);
  await cut;
  assert.ok((await emulator.ended) instanceof Error);
  assert.ok(events.includes('failed'));
  const again = await testEmulator(context, { ...options, fileSystem: fileSystem.crash(() => 0) });
  assert.equal(await topicsIn(again.raw), 0);
});

test('a full disk is told to the client, and what follows succeeds when there is room', async (context) => {
  const fileSystem = faultyFileSystem();
  const { raw } = await testEmulator(context, { directory: '/data', fileSystem });
  await raw.call(CREATE, create);
  fileSystem.capacityBytes = 0;
  const publish = bytesOf(pubsub.PublishRequest, {
    topic: topicName('orders'),
    messages: [{ data: Buffer.alloc(1_000_000) }],
  });
  const { code, details } = await raw.status(PUBLISH, publish);
  assert.deepEqual([code, details], [14, 'There is no room on the disk. Try again later.']);
  fileSystem.capacityBytes = Number.POSITIVE_INFINITY;
  assert.equal((await raw.status(PUBLISH, publish)).code, 0);
});

test('where no more files can be opened the client is told, and what follows succeeds when they can', async (context) => {
  const fileSystem = faultyFileSystem();
  const { raw } = await testEmulator(context, { directory: '/data', fileSystem });
  fileSystem.maxOpenFiles = fileSystem.openFiles;
  const { code, details } = await raw.status(CREATE, create);
  assert.deepEqual([code, details], [14, 'The system has no more files or room to give. Try again later.']);
  assert.equal(await topicsIn(raw), 0);
  fileSystem.maxOpenFiles = Number.POSITIVE_INFINITY;
  assert.equal((await raw.status(CREATE, create)).code, 0);
});

test('what a crash left of resources that are gone is removed at the next start', async () => {
  await using directory = await temporaryDirectory();
  const folders = async () => {
    const found = await Promise.all(['messages', 'acks'].map((name) => readdir(`${directory.path}/${name}`)));
    return found.flat();
  };
  {
    await using emulator = await startPubSubEmulator({ directory: directory.path });
    const client = new RawClient(emulator.address);
    await client.call(CREATE, create);
    client.close();
  }
  const kept = await folders();
  assert.equal(kept.length, 1);
  await cp(`${directory.path}/messages/${kept[0]}`, `${directory.path}/messages/left-behind`, { recursive: true });
  await cp(`${directory.path}/messages/${kept[0]}`, `${directory.path}/acks/left-behind`, { recursive: true });
  {
    await using _emulator = await startPubSubEmulator({ directory: directory.path });
  }
  assert.deepEqual(await folders(), kept);
});

test('damage is refused in words', async () => {
  await using directory = await temporaryDirectory();
  {
    await using emulator = await startPubSubEmulator({ directory: directory.path });
    const client = new RawClient(emulator.address);
    for (let index = 0; index < 10; index += 1) {
      await client.call(CREATE, bytesOf(pubsub.Topic, { name: topicName(`orders${index}`) }));
    }
    client.close();
  }
  const folder = `${directory.path}/resources`;
  const segment = (await readdir(folder)).find((name) => name.endsWith('.log'));
  const file = await nodeFileSystem.open(`${folder}/${segment}`, { create: false });
  await file.write([Buffer.alloc(20, 0xff)], 200);
  await file.close();
  await assert.rejects(
    startPubSubEmulator({ directory: directory.path }),
    (error) => error instanceof LogError && error.code === 'corrupt',
  );
});
