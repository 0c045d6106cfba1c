import { refused } from '../observation.ts';
import { texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const retryingScenarios: readonly Scenario[] = [
  { name: 'retry policy: back-off', run: backOff },
  { name: 'retry policy: after a deadline', run: afterDeadline },
  { name: 'dead letters: after the last attempt', run: deadLetters },
  { name: 'dead letters: what counts as an attempt', run: attempts },
  { name: 'dead letters: settings', run: settings },
];

async function backOff(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('backoff', {
    retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 3 } },
  });
  await the.publish(topic, 'a');
  const waits: number[] = [];
  let messages = await the.collect(subscription, 1);
  for (let at = 0; at < 3; at++) {
    const nackedAt = performance.now();
    await the.modify(subscription, messages, 0);
    messages = await the.collect(subscription, 1);
    waits.push(performance.now() - nackedAt);
  }
  await the.fact(
    'a nack is followed by at least the minimum',
    waits.map((ms) => ms > 900),
    [true, true, true],
  );
  await the.fact(
    'and by no more than the maximum',
    waits.map((ms) => ms < 8_000),
    [true, true, true],
  );
  await the.fact('it grows', (waits[2] ?? 0) > 1_900, true);
  await the.publish(topic, 'b');
  await the.fact('others do not wait for it', texts(await the.collect(subscription, 1, { withinMs: 800 })), ['b']);
}

async function afterDeadline(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('deadline', {
    retryPolicy: { minimumBackoff: { seconds: 2 }, maximumBackoff: { seconds: 2 } },
  });
  await the.publish(topic, 'a');
  const messages = await the.collect(subscription, 1);
  const shortenedAt = performance.now();
  await the.modify(subscription, messages, 1);
  const again = await the.collect(subscription, 1);
  const waitedMs = performance.now() - shortenedAt;
  await the.fact(
    'a deadline that has passed is followed by the back-off, too',
    [texts(again), waitedMs > 2_800],
    [['a'], true],
  );
}

const ATTEMPTS = 5;

async function deadLetters(the: World): Promise<void> {
  const deadLetterTopic = await the.newTopic('dead');
  const dead = await the.newSubscription('dead', deadLetterTopic);
  const { topic, subscription } = await the.newPair('letters', {
    deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: ATTEMPTS },
  });
  const [id] = await the.publish(topic, { data: 'poison', attributes: { mine: '1' }, orderingKey: 'k' });
  const counted: number[] = [];
  for (let at = 0; at < ATTEMPTS; at++) {
    const messages = await the.collect(subscription, 1);
    counted.push(...messages.map(({ attempt }) => attempt));
    await the.modify(subscription, messages, 0);
  }
  await the.fact('attempts are counted from 1', counted, [1, 2, 3, 4, 5]);
  // pstest moves a message when it is asked for once more.
  await the.fact('no more come', (await the.collect(subscription, 1, { withinMs: 500 })).length, 0);
  const [letter] = await the.collect(dead, 1);
  await the.fact(
    'the message is in the other topic',
    [letter?.text ?? null, letter?.key ?? null, letter?.attributes.mine ?? null],
    ['poison', 'k', '1'],
  );
  await the.fact('under an id of its own', letter?.id !== id, true);
  const { CloudPubSubDeadLetterSourceTopicPublishTime: time = '', ...attributes } = letter?.attributes ?? {};
  await the.fact('with where it came from', attributes, {
    mine: '1',
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
    CloudPubSubDeadLetterSourceSubscription: 'letters-sub',
    CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
  });
  await the.fact(
    'and when it was published',
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time),
    true,
  );
  await the.fact('there is one of it', (await the.collect(dead, 1, { withinMs: 300 })).length, 0);
}

async function attempts(the: World): Promise<void> {
  const deadLetterTopic = await the.newTopic('dead');
  const { topic, subscription } = await the.newPair('counted', {
    deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 100 },
  });
  await the.publish(topic, 'a');
  const [first] = await the.collect(subscription, 1);
  if (first === undefined) throw new Error('a was not delivered');
  await the.modify(subscription, [first], 1);
  const [second] = await the.collect(subscription, 1);
  if (second === undefined) throw new Error('a was not delivered again');
  await the.fact('a deadline that has passed counts', [first.attempt, second.attempt], [1, 2]);
  await the.modify(subscription, [second], 0);
  using stream = the.stream(subscription);
  await the.sees(() => stream.messages.length === 1);
  await the.fact('a stream counts on', stream.messages[0]?.attempt ?? null, 3);
  stream.send({ ackIds: stream.messages.map(({ ackId }) => ackId) });
  await the.publish(topic, 'b');
  await the.sees(() => stream.messages.length === 2);
  await the.fact('each message from 1', stream.messages[1]?.attempt ?? null, 1);
}

async function settings(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const deadLetterTopic = await the.newTopic('dead');
  const create = (id: string, policy: object) =>
    the
      .rpc('createSubscription', {
        name: the.subscription(id),
        topic,
        ackDeadlineSeconds: 10,
        deadLetterPolicy: policy,
      })
      .then((answer) => ('error' in (answer as object) ? answer : 'made'));
  const invalid = refused('INVALID_ARGUMENT');
  await the.fact('4 attempts', create('four', { deadLetterTopic, maxDeliveryAttempts: 4 }), invalid);
  await the.fact('101 attempts', create('many', { deadLetterTopic, maxDeliveryAttempts: 101 }), invalid);
  await the.fact('-1 attempts', create('negative', { deadLetterTopic, maxDeliveryAttempts: -1 }), invalid);
  await the.fact(
    'a missing topic',
    create('missing', { deadLetterTopic: the.topic('absent'), maxDeliveryAttempts: 5 }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'an id in place of a topic',
    create('malformed', { deadLetterTopic: 'dead', maxDeliveryAttempts: 5 }),
    invalid,
  );
  await the.fact('5 attempts', create('five', { deadLetterTopic, maxDeliveryAttempts: 5 }), 'made');
  await the.fact('a topic of dead letters can be deleted', the.rpc('deleteTopic', { topic: deadLetterTopic }), {});
}
