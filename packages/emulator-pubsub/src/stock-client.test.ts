import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@google-cloud/pubsub';
import { waitFor } from '@sluice/testing';
import { testEmulator } from './testing/emulator.ts';

test('the stock client: what is published in batches is received and acknowledged, each once', async (context) => {
  const { pubsub } = await testEmulator(context);
  const [topic] = await pubsub.createTopic('orders');
  const [subscription] = await topic.createSubscription('sub');
  const sent = Array.from({ length: 2_000 }, (_, index) => `m${index}`);
  const received: string[] = [];
  subscription.on('message', (message: Message) => {
    received.push(message.data.toString());
    message.ack();
  });
  subscription.on('error', assert.fail);
  await Promise.all(sent.map((text) => topic.publishMessage({ data: Buffer.from(text), attributes: { text } })));
  await waitFor('all of them', () => received.length === sent.length);
  await subscription.close();
  assert.deepEqual([...received].sort(), [...sent].sort());
  assert.ok(await subscription.exists());
});

test('the stock client: an ordering key comes in its order', async (context) => {
  const { pubsub } = await testEmulator(context);
  const [topic] = await pubsub.createTopic('orders');
  const [subscription] = await topic.createSubscription('sub', { enableMessageOrdering: true });
  const publisher = pubsub.topic('orders', { messageOrdering: true });
  const received: string[] = [];
  subscription.on('message', (message: Message) => {
    received.push(`${message.orderingKey}${message.data}`);
    message.ack();
  });
  subscription.on('error', assert.fail);
  const sent: Promise<string>[] = [];
  for (let index = 0; index < 100; index += 1) {
    for (const orderingKey of ['a', 'b']) {
      sent.push(publisher.publishMessage({ data: Buffer.from(String(index)), orderingKey }));
    }
  }
  await Promise.all(sent);
  await waitFor('all of them', () => received.length === 200);
  await subscription.close();
  for (const key of ['a', 'b']) {
    assert.deepEqual(
      received.filter((each) => each.startsWith(key)),
      Array.from({ length: 100 }, (_, index) => `${key}${index}`),
    );
  }
});

test('the stock client: exactly-once delivery confirms each acknowledgement, and a nack brings it again', async (context) => {
  const { pubsub } = await testEmulator(context);
  const [topic] = await pubsub.createTopic('orders');
  const [subscription] = await topic.createSubscription('sub', { enableExactlyOnceDelivery: true });
  const received: string[] = [];
  const confirmed: string[] = [];
  subscription.on('message', async (message: Message) => {
    const text = message.data.toString();
    received.push(text);
    if (received.filter((each) => each === text).length === 1) {
      await message.nackWithResponse();
      return;
    }
    confirmed.push(`${text}: ${await message.ackWithResponse()}`);
  });
  subscription.on('error', assert.fail);
  await Promise.all(['a', 'b', 'c'].map((text) => topic.publishMessage({ data: Buffer.from(text) })));
  await waitFor('the confirmations', () => confirmed.length === 3);
  await subscription.close();
  assert.deepEqual(confirmed.sort(), ['a: SUCCESS', 'b: SUCCESS', 'c: SUCCESS']);
  assert.equal(received.length, 6);
});
