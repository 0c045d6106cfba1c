import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { nodeFileSystem } from '@sluice/durable-log';
import { temporaryDirectory } from '@sluice/testing';
import { startKafkaEmulator } from './server.ts';
import { buildBatch } from './testing/batches.ts';
import { FailingFileSystem } from './testing/failing-file-system.ts';
import { RawClient } from './testing/raw-client.ts';
import { createTopic, listOffset, produce } from './testing/requests.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a start that fails gives the port back and cuts who was waiting', async () => {
  const port = await freePort();
  await using directory = await temporaryDirectory();
  const fileSystem = new FailingFileSystem();
  const { promise, resolve } = Promise.withResolvers<void>();
  fileSystem.gate = promise;
  fileSystem.writeError = 'EIO';
  const starting = startKafkaEmulator({ port, directory: directory.path, fileSystem });
  const failed = assert.rejects(starting, /EIO/);
  await using early = await RawClient.connect(port);
  resolve();
  await failed;
  await early.closed();
  await using emulator = await startKafkaEmulator({ port, directory: directory.path });
  assert.equal(emulator.port, port);
});

test('a client that connects before the data is open is served afterwards', async () => {
  const port = await freePort();
  await using directory = await temporaryDirectory();
  const fileSystem = new FailingFileSystem();
  const { promise, resolve } = Promise.withResolvers<void>();
  fileSystem.gate = promise;
  const starting = startKafkaEmulator({ port, directory: directory.path, fileSystem });
  await using client = await RawClient.connect(port);
  const created = createTopic(client, 't');
  resolve();
  await using _emulator = await starting;
  assert.equal((await created).error, 'NONE');
});

test('a taken port is refused before the data is touched', async () => {
  await using emulator = await startKafkaEmulator();
  await using directory = await temporaryDirectory();
  const { port } = emulator;
  await assert.rejects(startKafkaEmulator({ port, directory: `${directory.path}/data` }), { code: 'EADDRINUSE' });
  assert.deepEqual(await readdir(directory.path), []);
});

test('without a directory the data lives as long as the emulator', async (context) => {
  await using folder = await temporaryDirectory();
  const { TMPDIR } = process.env;
  context.after(() => {
    process.env.TMPDIR = TMPDIR ?? '';
  });
  process.env.TMPDIR = folder.path;
  const emulator = await startKafkaEmulator();
  assert.equal((await readdir(folder.path)).length, 1);
  await emulator[Symbol.asyncDispose]();
  assert.equal(await emulator.ended, undefined);
  assert.deepEqual(await readdir(folder.path), []);
});

test('clients are told the advertised address; a wildcard is none', async () => {
  await using emulator = await startKafkaEmulator({ advertisedHost: 'kafka.example', advertisedPort: 1234 });
  assert.equal(emulator.address, 'kafka.example:1234');
  for (const host of ['0.0.0.0', '::', '']) {
    await assert.rejects(startKafkaEmulator({ host }), /advertisedHost must be an address/);
  }
});

test('damage is refused in words, and nothing is changed', async () => {
  await using directory = await temporaryDirectory();
  {
    await using emulator = await startKafkaEmulator({ directory: directory.path });
    await using client = await RawClient.connect(emulator.port);
    await createTopic(client, 't');
    for (let each = 0; each < 10; each += 1) await produce(client, 't', buildBatch());
    assert.equal((await listOffset(client, 't', -1)).offset, 10);
  }
  const [topic] = await readdir(`${directory.path}/topics`);
  const folder = `${directory.path}/topics/${topic}/0`;
  const segment = (await readdir(folder)).find((name) => name.endsWith('.log'));
  assert.ok(segment, `${await readdir(folder)}`);
  const file = await nodeFileSystem.open(`${folder}/${segment}`, { create: false });
  await file.write([Buffer.alloc(20, 0xff)], 200);
  await file.close();
  await assert.rejects(startKafkaEmulator({ directory: directory.path }), { code: 'corrupt' });
});
