import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { seededRandom, temporaryDirectory } from '@sluice/testing';
import { pubsub } from './grpc/protos.ts';
import { clientsOf, PROJECT, schemaName, snapshotName, subscriptionName, topicName } from './testing/emulator.ts';
import { startEmulatorProcess } from './testing/emulator-process.ts';
import { bytesOf } from './testing/raw-client.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');

async function start(directory: string) {
  const stack = new AsyncDisposableStack();
  const process = stack.use(await startEmulatorProcess(directory));
  const clients = clientsOf(process.address, stack);
  return Object.assign(stack, { process, clients });
}

test('kill -9 while messages are published and acknowledged: all that was promised is there', async (context) => {
  const random = seededRandom();
  context.diagnostic(`TEST_SEED=${random.seed}`);
  await using directory = await temporaryDirectory();
  const published = new Set<string>();
  const acknowledged = new Set<string>();
  /** What may be acknowledged, since the answer was lost. */
  const attempted = new Set<string>();
  const redelivered: string[] = [];
  let sent = 0;
  const next = (): number => {
    sent += 1;
    return sent;
  };
  for (let round = 0; round < 4; round += 1) {
    await using running = await start(directory.path);
    const { publisher, subscriber } = running.clients;
    if (round === 0) {
      await publisher.createTopic({ name: topic });
      await subscriber.createSubscription({ name: subscription, topic });
    }
    let isOver = false;
    const quietly = { maxRetries: 0, timeout: 5_000 } as const;
    const publishing = async () => {
      while (!isOver) {
        const texts = Array.from(
          { length: 1 + random.below(20) },
          () => `m${next()}-${'x'.repeat(random.below(2_000))}`,
        );
        await publisher.publish({ topic, messages: texts.map((text) => ({ data: Buffer.from(text) })) }, quietly);
        for (const text of texts) published.add(text);
      }
    };
    const acknowledging = async () => {
      while (!isOver) {
        const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 20 }, quietly);
        const texts = (receivedMessages ?? []).map(({ message }) => String(message?.data));
        redelivered.push(...texts.filter((text) => acknowledged.has(text)));
        const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId ?? '');
        if (ackIds.length === 0) continue;
        for (const text of texts) attempted.add(text);
        await subscriber.acknowledge({ subscription, ackIds }, quietly);
        for (const text of texts) acknowledged.add(text);
      }
    };
    const working = [publishing, publishing, acknowledging].map((work) => work().catch(() => undefined));
    await delay(300 + random.below(300));
    await running.process.end('SIGKILL');
    isOver = true;
    await Promise.all(working);
  }
  await using running = await start(directory.path);
  const { subscriber } = running.clients;
  const left: string[] = [];
  for (;;) {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 1000, returnImmediately: true });
    if (!receivedMessages?.length) break;
    left.push(...receivedMessages.map(({ message }) => String(message?.data)));
  }
  assert.equal(redelivered.length, 0, 'acknowledged messages came again');
  assert.ok(!left.some((text) => acknowledged.has(text)), 'acknowledged messages are left');
  assert.equal(new Set(left).size, left.length, 'a message is there twice');
  const known = new Set([...left, ...attempted]);
  const gone = [...published].filter((text) => !known.has(text));
  assert.equal(gone.length, 0, `published messages are gone: ${gone.map((text) => text.slice(0, 10))}`);
  assert.ok(
    published.size > 20 && acknowledged.size > 5,
    `${published.size} published, ${acknowledged.size} acknowledged`,
  );
});

test('kill -9: resources of every kind are there, as they were answered; what was deleted is not', async () => {
  await using directory = await temporaryDirectory();
  let expected: unknown;
  {
    await using running = await start(directory.path);
    const { publisher, subscriber, schemas, pubsub } = running.clients;
    const definition = 'syntax = "proto3"; message Order { string a = 1; }';
    await schemas.createSchema({ parent: PROJECT, schemaId: 'order', schema: { type: 'PROTOCOL_BUFFER', definition } });
    await publisher.createTopic({ name: topic, schemaSettings: { schema: schemaName('order'), encoding: 'JSON' } });
    await publisher.createTopic({ name: topicName('gone') });
    await subscriber.createSubscription({ name: subscription, topic, labels: { a: 'b' }, filter: 'attributes:x' });
    await subscriber.createSubscription({ name: subscriptionName('orphan'), topic: topicName('gone') });
    await subscriber.createSubscription({ name: subscriptionName('detached'), topic });
    await subscriber.createSubscription({ name: subscriptionName('gone'), topic });
    await publisher.publish({ topic: topicName('gone'), messages: [{ data: Buffer.from('left') }] });
    await subscriber.createSnapshot({ name: snapshotName('snap'), subscription });
    await pubsub
      .topic('orders')
      .iam.setPolicy({ bindings: [{ role: 'roles/viewer', members: ['allUsers'] }] } as never);
    await publisher.deleteTopic({ topic: topicName('gone') });
    await publisher.detachSubscription({ subscription: subscriptionName('detached') });
    await subscriber.deleteSubscription({ subscription: subscriptionName('gone') });
    expected = await everything(running.clients);
    await running.process.end('SIGKILL');
  }
  await using running = await start(directory.path);
  const { publisher, subscriber } = running.clients;
  assert.deepEqual(await everything(running.clients), expected);
  await assert.rejects(publisher.publish({ topic, messages: [{ data: Buffer.from('{"b":1}') }] }), { code: 3 });
  const [{ receivedMessages }] = await subscriber.pull({ subscription: subscriptionName('orphan'), maxMessages: 1 });
  assert.equal(String(receivedMessages?.[0]?.message?.data), 'left');
  await assert.rejects(subscriber.pull({ subscription: subscriptionName('detached'), maxMessages: 1 }), { code: 9 });
  await subscriber.seek({ subscription, snapshot: snapshotName('snap') });
});

async function everything({ publisher, subscriber, schemas, pubsub }: ReturnType<typeof clientsOf>) {
  return {
    topics: (await publisher.listTopics({ project: PROJECT }))[0],
    subscriptions: (await subscriber.listSubscriptions({ project: PROJECT }))[0],
    snapshots: (await subscriber.listSnapshots({ project: PROJECT }))[0],
    schemas: (await schemas.listSchemas({ parent: PROJECT, view: 'FULL' }))[0],
    policy: JSON.stringify((await pubsub.topic('orders').iam.getPolicy())[0]),
  };
}

test('SIGTERM answers what is under way, ends streams with UNAVAILABLE, and ends with 0', async () => {
  await using directory = await temporaryDirectory();
  await using running = await start(directory.path);
  const { publisher, subscriber, raw } = running.clients;
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  const stream = raw.stream('google.pubsub.v1.Subscriber/StreamingPull');
  stream.on('error', () => undefined);
  const status = new Promise<number>((resolve) => stream.once('status', ({ code }) => resolve(code)));
  const opened = new Promise((resolve) => stream.once('data', resolve));
  stream.write(bytesOf(pubsub.StreamingPullRequest, { subscription, streamAckDeadlineSeconds: 10 }));
  await opened;
  const waiting = raw.status(
    'google.pubsub.v1.Subscriber/Pull',
    bytesOf(pubsub.PullRequest, { subscription, maxMessages: 1 }),
  );
  const request = bytesOf(pubsub.PublishRequest, { topic, messages: [{ data: Buffer.from('x') }] });
  const answers = Promise.all(
    Array.from({ length: 20 }, () => raw.status('google.pubsub.v1.Publisher/Publish', request)),
  );
  await raw.call('google.pubsub.v1.Publisher/Publish', request);
  assert.equal(await running.process.end('SIGTERM'), 0);
  assert.equal(await status, 14);
  assert.ok([0, 14].includes((await waiting).code));
  const promised = 1 + (await answers).filter(({ code }) => code === 0).length;
  await using again = await start(directory.path);
  await again.clients.subscriber.seek({ subscription, time: { seconds: 1 } });
  const [{ receivedMessages }] = await again.clients.subscriber.pull({
    subscription,
    maxMessages: 100,
    returnImmediately: true,
  });
  assert.ok((receivedMessages?.length ?? 0) >= promised, `${promised} promised, ${receivedMessages?.length} there`);
});

test('wrong settings end it with 78, a taken port with 1, both in words; it says in one line that it listens', async () => {
  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: { ...process.env, ...env },
    }).then(
      () => assert.fail('it runs'),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  const wrong = await run({ PUBSUB_PORT: 'x', PUBSUB_HOST: 'a b' });
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /PUBSUB_PORT must be .*\n.*PUBSUB_HOST must be /);
  await using directory = await temporaryDirectory();
  await using emulator = await startEmulatorProcess(directory.path);
  assert.equal(emulator.lines.length, 1);
  assert.match(emulator.lines[0] ?? '', /^\{"level":"info",.*"msg":"listening on 127\.0\.0\.1:\d+"\}$/);
  const [, port = ''] = emulator.address.split(':');
  const taken = await run({ PUBSUB_PORT: port, PUBSUB_DATA_DIR: join(directory.path, 'other') });
  assert.equal(taken.code, 1);
  assert.match(taken.stdout, /PUBSUB_PORT must be a free port/);
});
