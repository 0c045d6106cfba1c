import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Broker } from '@sluice/core';
import { type KafkaEmulator, startKafkaEmulator } from '@sluice/emulator-kafka';
import { startPubSubEmulator } from '@sluice/emulator-pubsub';
import { createLogger } from '@sluice/runtime';
import { freePort, temporaryDirectory, waitFor } from '@sluice/testing';
import { openBroker } from '@sluice/wiring';
import { RunningCommand } from '../testing/command.ts';

const TOPIC = 'SpongeBob.Fruits';
const CLEAN = { code: 0, signal: null };

async function brokerAt(t: TestContext, address: string): Promise<Broker> {
  const log = createLogger({ service: 'test', level: 'fatal' });
  const broker = await openBroker({ kind: 'kafka', brokers: [address] }, { clientId: 'test', log });
  t.after(() => broker[Symbol.asyncDispose]());
  return broker;
}

async function emulated(t: TestContext): Promise<{ emulator: KafkaEmulator; broker: Broker }> {
  const emulator = await startKafkaEmulator();
  t.after(() => emulator[Symbol.asyncDispose]());
  return { emulator, broker: await brokerAt(t, emulator.address) };
}

const listening = (address: string, name = 'fruits', reads = true) =>
  new RunningCommand(['listen', name], { KAFKA_BROKER: address }, reads);

async function publish({ publisher }: Broker, topic: string, values: readonly (string | Buffer)[]): Promise<void> {
  const records = values.map((value, index) => ({ topic, key: String(index), value: Buffer.from(value), headers: [] }));
  const failed = (await publisher.publish(records)).find(({ kind }) => kind === 'failed');
  assert.equal(failed, undefined);
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => JSON.stringify({ fruit: from + index }));

test('every partition is printed from its beginning, and then what comes; Ctrl-C ends it with 0', async (t) => {
  const { emulator, broker } = await emulated(t);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 6 }]);
  await publish(broker, TOPIC, numbered(0, 50));
  await using command = listening(emulator.address);
  await waitFor('what was there', () => command.lines().length === 50);
  await publish(broker, TOPIC, numbered(50, 60));
  await waitFor('what came', () => command.lines().length === 60);
  assert.deepEqual(command.lines().sort(), numbered(0, 60).sort());
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);
  assert.equal(command.complaints(), `sluice: listening to events from topic: ${TOPIC}\n`);
});

test('any topic can be listened to by its name; what a terminal would take for orders is escaped', async (t) => {
  const { emulator, broker } = await emulated(t);
  await broker.admin.ensureTopics([{ name: 'other', partitions: 1 }]);
  await publish(broker, 'other', ['\u001b[2J', Buffer.from([0xff, 0x00]), '{\n"a":1}', '']);
  await using command = listening(emulator.address, 'other');
  await waitFor('the values', () => command.lines().length === 4);
  assert.deepEqual(command.lines(), ['\\u001b[2J', '\\xff\\x00', '{ "a":1}', '']);
});

test('two listeners get everything each, one of them from where a start of the same settings has its broker', async (t) => {
  const { emulator, broker } = await emulated(t);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 2 }]);
  await publish(broker, TOPIC, numbered(0, 10));
  await using one = listening(emulator.address);
  await using other = new RunningCommand(['listen', TOPIC], { KAFKA_PORT: String(emulator.port) });
  await waitFor('both', () => one.lines().length === 10 && other.lines().length === 10);
});

test('a topic that is not there is waited for, and not made', async (t) => {
  const { emulator, broker } = await emulated(t);
  await using command = listening(emulator.address, 'Colors');
  await waitFor('a word', () => command.complaints().includes('there is no topic SpongeBob.Colors yet'));
  // It has asked more than once by then.
  await waitFor('a while', async () => (await broker.admin.ends(['SpongeBob.Colors'])).length === 0, {
    intervalMs: 500,
  });
  await broker.admin.ensureTopics([{ name: 'SpongeBob.Colors', partitions: 2 }]);
  await publish(broker, 'SpongeBob.Colors', numbered(0, 3));
  await waitFor('the events', () => command.lines().length === 3);
  assert.equal(command.complaints().match(/there is no topic/g)?.length, 1);
  command.kill('SIGTERM');
  assert.deepEqual(await command.exited, CLEAN);
});

test('a broker that is down is waited for, at first and later, and nothing is printed twice', async (t) => {
  await using folder = await temporaryDirectory();
  const port = await freePort();
  const start = () => startKafkaEmulator({ port, directory: join(folder.path, 'kafka') });
  await using command = listening(`127.0.0.1:${port}`);
  await waitFor('a word', () => command.complaints().includes('waiting for the broker: '));
  const first = await start();
  const broker = await brokerAt(t, first.address);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 3 }]);
  await publish(broker, TOPIC, numbered(0, 20));
  await waitFor('the events', () => command.lines().length === 20);
  const before = command.complaints();
  await first[Symbol.asyncDispose]();
  await waitFor('another word', () => command.complaints().length > before.length, { timeoutMs: 30_000 });
  await using second = await start();
  await publish(await brokerAt(t, second.address), TOPIC, numbered(20, 30));
  await waitFor('the rest', () => command.lines().length >= 30, { timeoutMs: 30_000 });
  assert.deepEqual(command.lines().sort(), numbered(0, 30).sort());
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);
});

test('Ctrl-C ends it with 0 while it waits for a broker', async () => {
  await using command = listening(`127.0.0.1:${await freePort()}`);
  await waitFor('a word', () => command.complaints().includes('waiting for the broker: '));
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);
});

test('it ends quietly when its reader has enough', async (t) => {
  const { emulator, broker } = await emulated(t);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  await publish(broker, TOPIC, numbered(0, 1));
  await using command = listening(emulator.address);
  await waitFor('the first', () => command.lines().length === 1);
  command.stopReading();
  await publish(broker, TOPIC, numbered(1, 2));
  assert.deepEqual(await command.exited, CLEAN);
  assert.equal(command.complaints(), `sluice: listening to events from topic: ${TOPIC}\n`);
});

test('a reader that stands still holds it up, and Ctrl-C ends it all the same', async (t) => {
  const { emulator, broker } = await emulated(t);
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  const large = JSON.stringify('x'.repeat(500_000));
  for (let round = 0; round < 8; round++) await publish(broker, TOPIC, [large, large]);
  await using command = listening(emulator.address, 'fruits', false);
  await waitFor('its first line', () => command.isHeldUp());
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);
});

test('wrong names are refused with the usage and 1, wrong settings with 78', async () => {
  await using nameless = new RunningCommand(['listen', 'a b']);
  assert.deepEqual(await nameless.exited, { code: 1, signal: null });
  assert.match(nameless.complaints(), /name must be 1 to 249 letters.*got "a b"[\s\S]*Usage: sluice listen/);
  await using lost = new RunningCommand(['listen', 'fruits'], { KAFKA_BROKER: 'nowhere' });
  assert.deepEqual(await lost.exited, { code: 78, signal: null });
  assert.match(lost.complaints(), /KAFKA_BROKER must be addresses.*"nowhere"/);
  await using anywhere = new RunningCommand(['listen', 'fruits'], { KAFKA_PORT: '0' });
  assert.deepEqual(await anywhere.exited, { code: 78, signal: null });
  assert.match(anywhere.complaints(), /KAFKA_PORT must be a whole number from 1.*got "0"/);
  assert.deepEqual([...nameless.lines(), ...lost.lines()], []);
});

test('on Pub/Sub, a broker that is down and then a topic that is not there are waited for; Ctrl-C ends it with 0', async (t) => {
  const port = await freePort();
  const env = { BROKER: 'pubsub', PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}` };
  await using waiting = new RunningCommand(['listen', 'fruits'], env);
  await waitFor('the complaint', () => /waiting for the broker: /.test(waiting.complaints()));
  waiting.kill('SIGINT');
  assert.deepEqual(await waiting.exited, CLEAN);

  await using command = new RunningCommand(['listen', 'fruits'], env);
  const emulator = await startPubSubEmulator({ port });
  t.after(() => emulator[Symbol.asyncDispose]());
  const log = createLogger({ service: 'test', level: 'fatal' });
  const place = { kind: 'pubsub', projectId: 'sluice', emulatorHost: emulator.address } as const;
  await using broker = await openBroker(place, { clientId: 'test', log });
  await waitFor('the complaint', () => /not found/i.test(command.complaints()), { timeoutMs: 20_000 });
  await broker.admin.ensureTopics([{ name: TOPIC, partitions: 1 }]);
  await publish(broker, TOPIC, numbered(0, 20));
  await waitFor('all', () => command.lines().length === 20, { timeoutMs: 20_000 });
  assert.deepEqual(command.lines().sort(), numbered(0, 20).sort());
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);
});
