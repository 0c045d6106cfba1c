import { Duration, type Message, type PubSub } from '@google-cloud/pubsub';
import { texts } from '../received.ts';
import { refusalOf } from '../refusal.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** What applications are written with: batches, leases, flow control and names without their projects. */
export const highLevelScenarios: readonly Scenario[] = [
  { name: 'client: resources', run: resources },
  { name: 'client: messages', run: messages },
  { name: 'client: flow control', run: flowControl },
  { name: 'client: seek and snapshots', run: replay },
];

const ids = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name).sort();

async function outcome<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work;
  } catch (error) {
    return refusalOf(error).error;
  }
}

async function resources(the: World): Promise<void> {
  const client: PubSub = the.pubSub();
  const [topic] = await client.createTopic('books');
  await the.fact('a topic has its whole name', topic.name, 'projects/p/topics/books');
  await the.fact('it exists', (await topic.exists())[0], true);
  await the.fact('another does not', (await client.topic('films').exists())[0], false);
  await the.fact('made twice', outcome(client.createTopic('books').then(() => 'made')), 'ALREADY_EXISTS');
  await the.fact(
    'found or made',
    (await client.topic('papers').get({ autoCreate: true }))[0].name,
    'projects/p/topics/papers',
  );
  await the.fact('all of them', ids((await client.getTopics())[0]), [
    'projects/p/topics/books',
    'projects/p/topics/papers',
  ]);
  await topic.setMetadata({ labels: { a: '1' } });
  await the.fact('labels are set', (await topic.getMetadata())[0].labels ?? null, { a: '1' });
  const [subscription] = await topic.createSubscription('readers', {
    ackDeadlineSeconds: 30,
    enableMessageOrdering: true,
  });
  await the.fact('a subscription has its whole name', subscription.name, 'projects/p/subscriptions/readers');
  await subscription.setMetadata({ ackDeadlineSeconds: 40 });
  const [metadata] = await subscription.getMetadata();
  await the.fact(
    'its settings',
    [metadata.ackDeadlineSeconds ?? null, metadata.enableMessageOrdering ?? null, metadata.topic ?? null],
    [40, true, 'projects/p/topics/books'],
  );
  await the.fact('of its topic', ids((await topic.getSubscriptions())[0]), ['projects/p/subscriptions/readers']);
  await the.fact('of the project', ids((await client.getSubscriptions())[0]), ['projects/p/subscriptions/readers']);
  await client.detachSubscription('readers');
  await the.fact('is detached', JSON.stringify(await subscription.detached()).includes('true'), true);
  await subscription.delete();
  await the.fact('is deleted', (await subscription.exists())[0], false);
  await topic.delete();
  await the.fact('the topic, too', outcome(topic.getMetadata().then(() => 'found')), 'NOT_FOUND');
  const [schema] = await Promise.all([
    client.createSchema('event', 'PROTOCOL_BUFFER', 'syntax = "proto3"; message A { string a = 1; }'),
  ]);
  await the.fact('a schema', (await schema.get()).definition ?? null, 'syntax = "proto3"; message A { string a = 1; }');
  await the.fact(
    'a policy',
    outcome(
      client
        .topic('papers')
        .iam.getPolicy()
        .then(([policy]) => policy.bindings ?? []),
    ),
    [],
  );
}

const COUNT = 100;
const RECEIPTS_MS = 500;

async function messages(the: World): Promise<void> {
  const client = the.pubSub();
  const [topic] = await client.createTopic('messages');
  const [subscription] = await topic.createSubscription('messages', { ackDeadlineSeconds: 10 });
  const got: Message[] = [];
  let held: Message | undefined;
  subscription.on('error', () => {});
  subscription.on('message', (message: Message) => {
    got.push(message);
    if (message.data.toString() === '7' && held === undefined) held = message;
    else message.ack();
  });
  const sent = await Promise.all(
    Array.from({ length: COUNT }, (_, at) =>
      topic.publishMessage({ data: Buffer.from(String(at)), attributes: { at: String(at) } }),
    ),
  );
  await the.sees(() => got.length === COUNT && held !== undefined);
  // What tells the server that a message has arrived is gathered for 100 ms. Sent beside the nack it could overtake it, and
  // lease what is given back.
  const arrivedAt = performance.now();
  await the.sees(() => performance.now() - arrivedAt > RECEIPTS_MS);
  held?.nack();
  await the.fact(
    'all arrive, and once more what was given back',
    the.sees(() => got.length > COUNT),
    true,
  );
  await the.fact(
    'each under the id it was given',
    got.every(({ id, data }) => sent[Number(data.toString())] === id),
    true,
  );
  await the.fact(
    'with its attributes',
    got.every(({ attributes, data }) => attributes.at === data.toString()),
    true,
  );
  const count = (text: string) => got.filter(({ data }) => data.toString() === text).length;
  await the.fact('one twice', [count('7'), new Set(got.map(({ id }) => id)).size], [2, 100]);
  await subscription.close();
  const subscriptionName = the.subscription('messages');
  await the.fact('nothing is left', (await the.drain(subscriptionName)).length, 0);
  const lost = client.subscription('absent');
  const failed = new Promise<unknown>((resolve) => lost.on('error', resolve));
  lost.on('message', () => {});
  await the.fact(
    'a missing subscription is told',
    failed.then((error) => refusalOf(error).error),
    'NOT_FOUND',
  );
  await lost.close();
}

async function flowControl(the: World): Promise<void> {
  const client = the.pubSub();
  const [topic] = await client.createTopic('flow');
  const [created] = await topic.createSubscription('flow', { ackDeadlineSeconds: 10 });
  const subscription = client.subscription(created.name, {
    flowControl: { maxMessages: 3, allowExcessMessages: false },
  });
  const held: Message[] = [];
  const got = new Set<string>();
  let most = 0;
  subscription.on('error', () => {});
  subscription.on('message', (message: Message) => {
    held.push(message);
    got.add(message.id);
    most = Math.max(most, held.length);
  });
  await Promise.all(Array.from({ length: 12 }, (_, at) => topic.publishMessage({ data: Buffer.from(String(at)) })));
  await the.sees(() => held.length === 3);
  await the.fact(
    'all come, a few at a time',
    the.sees(() => {
      for (const message of held.splice(0)) message.ack();
      return got.size === 12;
    }),
    true,
  );
  await the.fact('never more than three', most <= 3, true);
  await subscription.close();
}

async function replay(the: World): Promise<void> {
  const client = the.pubSub();
  const [topic] = await client.createTopic('replay');
  const [subscription] = await topic.createSubscription('replay', {
    retainAckedMessages: true,
    ackDeadlineSeconds: 10,
    messageRetentionDuration: Duration.from({ hours: 1 }).totalOf('second'),
  });
  await topic.publishMessage({ data: Buffer.from('skipped') });
  await subscription.seek(new Date(Date.now() + 60_000));
  const name = the.subscription('replay');
  await the.fact('a seek forward leaves nothing', (await the.drain(name)).length, 0);
  const snapshot = await outcome(subscription.createSnapshot('before').then(([made]) => made.name));
  await the.fact('a snapshot has its whole name', snapshot, 'projects/p/snapshots/before');
  await topic.publishMessage({ data: Buffer.from('after') });
  await the.collect(name, 1, { acknowledge: true });
  const sought = subscription.seek('before').then(async () => texts(await the.collect(name, 1)));
  await the.fact('a seek to it brings what came since', outcome<string | string[]>(sought), ['after']);
  await the.fact('snapshots are listed', outcome(client.getSnapshots().then(([all]) => ids(all))), [
    'projects/p/snapshots/before',
  ]);
}
