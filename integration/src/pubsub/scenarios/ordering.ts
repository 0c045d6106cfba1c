import { type Received, texts } from '../received.ts';
import { refusalOf } from '../refusal.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const orderingScenarios: readonly Scenario[] = [
  { name: 'ordering: as published', run: asPublished },
  { name: 'ordering: after a nack', run: afterNack },
  { name: 'ordering: on a stream', run: onStream },
  { name: 'ordering: with the publishing client', run: withClient },
];

const KEYS = ['a', 'b', 'c'] as const;
const ORDERED = { enableMessageOrdering: true };

/** `a0 b0 c0 a1 …` with their letters as keys, each call of its own, since a call has one key. */
async function publishOrdered(the: World, topic: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    for (const orderingKey of KEYS) await the.publish(topic, { data: `${orderingKey}${at}`, orderingKey });
  }
}

const byKey = (messages: readonly Received[]): Record<string, string[]> =>
  Object.fromEntries(KEYS.map((key) => [key, texts(messages.filter((message) => message.key === key))]));

const wanted = (count: number): Record<string, string[]> =>
  Object.fromEntries(KEYS.map((key) => [key, Array.from({ length: count }, (_, at) => `${key}${at}`)]));

async function asPublished(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('ordered', ORDERED);
  await publishOrdered(the, topic, 6);
  const messages = await the.collect(subscription, 18, { acknowledge: true });
  await the.fact('each key’s messages come in order', byKey(messages), wanted(6));
  await the.publish(
    topic,
    { data: 'k0', orderingKey: 'k' },
    { data: 'k1', orderingKey: 'k' },
    { data: 'k2', orderingKey: 'k' },
  );
  await the.fact('also those of one call', texts(await the.collect(subscription, 3, { acknowledge: true })), [
    'k0',
    'k1',
    'k2',
  ]);
  const keyless = await the.publish(topic, 'one', 'two', 'three');
  await the.fact('without a key they come in any', (await the.collect(subscription, 3)).length, keyless.length);
}

async function afterNack(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('nack', ORDERED);
  await publishOrdered(the, topic, 4);
  const got: Received[] = [];
  const nacked = new Set<string>();
  const takenMeanwhile: string[] = [];
  await the.sees(async () => {
    for (const message of await the.pull(subscription, 100, true)) {
      if (message.text === 'a1' && !nacked.has('a1')) {
        nacked.add('a1');
        await the.modify(subscription, [message], 0);
        continue;
      }
      // What was already under way behind the one that was given back must not be taken as the next.
      if (message.key === 'a' && Number(message.text.slice(1)) > got.filter(({ key }) => key === 'a').length) {
        takenMeanwhile.push(message.text);
        continue;
      }
      got.push(message);
      await the.acknowledge(subscription, [message]);
    }
    return got.length >= 12;
  }, 3_000);
  await the.fact('a message that is given back comes again before its successors', byKey(got), wanted(4));
  await the.fact('it was given back', [...nacked], ['a1']);
  const lease = await the.newPair('lease', ORDERED);
  await the.publish(lease.topic, { data: 'first', orderingKey: 'k' });
  const [first] = await the.collect(lease.subscription, 1);
  if (first === undefined) throw new Error('the first message was not delivered');
  await the.modify(lease.subscription, [first], 1);
  const again = await the.collect(lease.subscription, 1);
  await the.publish(lease.topic, { data: 'second', orderingKey: 'k' });
  await the.acknowledge(lease.subscription, again);
  await the.fact(
    'so does one whose deadline has passed',
    [texts(again), texts(await the.collect(lease.subscription, 1))],
    [['first'], ['second']],
  );
}

async function onStream(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('stream', ORDERED);
  await publishOrdered(the, topic, 10);
  using stream = the.stream(subscription);
  let acknowledged = 0;
  await the.sees(() => {
    const fresh = stream.messages.slice(acknowledged);
    if (fresh.length > 0) stream.send({ ackIds: fresh.map(({ ackId }) => ackId) });
    acknowledged += fresh.length;
    return acknowledged >= 30;
  });
  await the.fact('each key’s messages come in order', byKey(stream.messages), wanted(10));
  const [properties] = stream.answers.map(
    (answer) => (answer as { subscriptionProperties?: object }).subscriptionProperties,
  );
  await the.fact('the stream says that it is ordered', properties ?? null, { messageOrderingEnabled: true });
}

/** pstest puts an `m` before its numbers. */
const numberOf = (id = ''): bigint => BigInt(id.replace('m', ''));

async function withClient(the: World): Promise<void> {
  const { subscription } = await the.newPair('client', ORDERED);
  const client = the.pubSub();
  const topic = client.topic('client-topic', {
    messageOrdering: true,
    batching: { maxMessages: 3, maxMilliseconds: 5 },
  });
  const publish = (text: string) => topic.publishMessage({ data: Buffer.from(text), orderingKey: 'a' });
  const ids = await Promise.all(Array.from({ length: 10 }, (_, at) => publish(`a${at}`)));
  await the.fact(
    'ids go up',
    ids.every((id, at) => at === 0 || numberOf(id) > numberOf(ids[at - 1])),
    true,
  );
  await the.fact(
    'batches keep the order',
    texts(await the.collect(subscription, 10, { acknowledge: true })),
    Array.from({ length: 10 }, (_, at) => `a${at}`),
  );
  const missing = client.topic('missing', { messageOrdering: true });
  const outcome = async (text: string): Promise<string> => {
    try {
      await missing.publishMessage({ data: Buffer.from(text), orderingKey: 'k' });
      return 'published';
    } catch (error) {
      return refusalOf(error).error;
    }
  };
  await the.fact('what fails is told', outcome('1'), 'NOT_FOUND');
  await the.newTopic('missing');
  missing.resumePublishing('k');
  await the.fact('and its key goes on when it is resumed', outcome('2'), 'published');
}
