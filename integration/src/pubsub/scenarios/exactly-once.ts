import type { Message } from '@google-cloud/pubsub';
import { refused } from '../observation.ts';
import { ackIds, texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import { SOON_MS, type World } from '../world.ts';

export const exactlyOnceScenarios: readonly Scenario[] = [
  { name: 'exactly once: acknowledgement by call', run: byCall },
  { name: 'exactly once: acknowledgement on a stream', run: onStream },
  { name: 'exactly once: the subscribing client', run: withClient },
];

const EXACTLY_ONCE = { enableExactlyOnceDelivery: true };

async function byCall(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('call', EXACTLY_ONCE);
  await the.publish(topic, 'a');
  const first = await the.collect(subscription, 1);
  await the.modify(subscription, first, 1);
  const second = await the.collect(subscription, 1);
  await the.fact('what comes again has another id to acknowledge it by', first[0]?.ackId !== second[0]?.ackId, true);
  await the.fact('and the same id of its own', first[0]?.id === second[0]?.id, true);
  const expired = refused('INVALID_ARGUMENT', /acknowledgement ids/i);
  await the.fact(
    'an id whose deadline has passed acknowledges nothing',
    the.rpc('acknowledge', { subscription, ackIds: ackIds(first) }),
    expired,
  );
  await the.fact(
    'nor does it take a new deadline',
    the.rpc('modifyAckDeadline', { subscription, ackIds: ackIds(first), ackDeadlineSeconds: 10 }),
    expired,
  );
  await the.fact('the one in force does', the.rpc('acknowledge', { subscription, ackIds: ackIds(second) }), {});
  await the.modify(subscription, second, 0).catch(() => {});
  await the.fact('what is acknowledged does not come again', (await the.pull(subscription, 10, true)).length, 0);
}

async function onStream(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('stream', EXACTLY_ONCE);
  await the.publish(topic, 'a');
  using stream = the.stream(subscription);
  await the.sees(() => stream.messages.length === 1);
  const [properties] = stream.answers.map(
    (answer) => (answer as { subscriptionProperties?: object }).subscriptionProperties,
  );
  await the.fact('the stream says so', properties ?? null, { exactlyOnceDeliveryEnabled: true });
  const { ackId = '' } = stream.messages[0] ?? {};
  type Answers = { acknowledgeConfirmation?: object; modifyAckDeadlineConfirmation?: object };
  const confirmations = (of: keyof Answers) => stream.answers.flatMap((answer) => (answer as Answers)[of] ?? []);
  stream.send({ modifyDeadlineAckIds: [ackId], modifyDeadlineSeconds: [30] });
  await the.sees(() => confirmations('modifyAckDeadlineConfirmation').length > 0, 1_000);
  const named = (confirmation: unknown) => JSON.parse(JSON.stringify(confirmation ?? null).replaceAll(ackId, 'id'));
  await the.fact('a new deadline is confirmed', named(confirmations('modifyAckDeadlineConfirmation')[0]), {
    ackIds: ['id'],
  });
  stream.send({ ackIds: [ackId] });
  await the.sees(() => confirmations('acknowledgeConfirmation').length > 0, 1_000);
  await the.fact('an acknowledgement is confirmed', named(confirmations('acknowledgeConfirmation')[0]), {
    ackIds: ['id'],
  });
  await the.publish(topic, 'b');
  await the.sees(() => stream.messages.length === 2);
  const old = stream.messages[1]?.ackId ?? '';
  stream.send({ modifyDeadlineAckIds: [old], modifyDeadlineSeconds: [1] });
  await the.fact(
    'a deadline that has passed brings it again',
    the.sees(() => stream.messages.length === 3),
    true,
  );
  stream.send({ ackIds: [old] });
  await the.sees(() => confirmations('acknowledgeConfirmation').length > 1, 1_000);
  const last = confirmations('acknowledgeConfirmation')[1];
  await the.fact('the old id is told to be invalid', JSON.parse(JSON.stringify(last ?? null).replaceAll(old, 'old')), {
    invalidAckIds: ['old'],
  });
}

async function withClient(the: World): Promise<void> {
  const { topic } = await the.newPair('client', EXACTLY_ONCE);
  const subscription = the.pubSub().subscription('client-sub');
  const got: string[] = [];
  const outcomes: string[] = [];
  const nacked = new Set<string>();
  subscription.on('message', async (message: Message) => {
    const text = message.data.toString();
    got.push(text);
    const isBack = text === 'b' && !nacked.has(text);
    nacked.add(text);
    const outcome = isBack ? message.nackWithResponse() : message.ackWithResponse();
    outcomes.push(`${isBack ? 'nack' : 'ack'} of ${text}: ${await outcome.catch((error: Error) => error.message)}`);
  });
  subscription.on('error', (error) => outcomes.push(error.message));
  await the.publish(topic, 'a', 'b', 'c');
  await the.sees(() => outcomes.length >= 4, SOON_MS);
  await the.fact('each is confirmed', [...outcomes].sort(), [
    'ack of a: SUCCESS',
    'ack of b: SUCCESS',
    'ack of c: SUCCESS',
    'nack of b: SUCCESS',
  ]);
  await the.fact('each came once, but what was given back', [...got].sort(), ['a', 'b', 'b', 'c']);
  await subscription.close();
  await the.fact('nothing is left', texts(await the.drain(the.subscription('client-sub'))), []);
}
