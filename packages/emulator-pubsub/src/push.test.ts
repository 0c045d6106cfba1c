import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { subscriptionName, testEmulator, topicName } from './testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');

/** An endpoint that takes whatever comes. */
async function endpoint(context: TestContext) {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { message } = JSON.parse(Buffer.concat(parts).toString());
      texts.push(Buffer.from(message.data, 'base64').toString());
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { texts, pushEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push` };
}

test('messages are pushed to the endpoint, to another one after a change, also after a restart; or pulled again', async (context) => {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path };
  const [first, second] = [await endpoint(context), await endpoint(context)];
  const { publisher, subscriber, emulator } = await testEmulator(context, options);
  const publish = (client: typeof publisher, text: string) =>
    client.publish({ topic, messages: [{ data: Buffer.from(text) }] });
  await publisher.createTopic({ name: topic });
  const { pushEndpoint } = first;
  const [created] = await subscriber.createSubscription({ name: subscription, topic, pushConfig: { pushEndpoint } });
  assert.deepEqual(created.pushConfig?.attributes, { 'x-goog-version': 'v1' });
  await publish(publisher, 'a');
  await waitFor('the push', () => first.texts.includes('a'));
  await assert.rejects(subscriber.pull({ subscription, maxMessages: 1 }), {
    code: 9,
    details: 'This method is not supported for this subscription type.',
  });
  await subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: second.pushEndpoint } });
  await publish(publisher, 'b');
  await waitFor('the push', () => second.texts.includes('b'));
  await emulator[Symbol.asyncDispose]();
  const again = await testEmulator(context, options);
  await publish(again.publisher, 'c');
  await waitFor('the push', () => second.texts.includes('c'));
  await again.subscriber.updateSubscription({
    subscription: { name: subscription },
    updateMask: { paths: ['push_config'] },
  });
  await publish(again.publisher, 'd');
  const [{ receivedMessages }] = await again.subscriber.pull({ subscription, maxMessages: 1 });
  assert.equal(String(receivedMessages?.[0]?.message?.data), 'd');
  assert.deepEqual([first.texts, second.texts], [['a'], ['b', 'c']]);
});
