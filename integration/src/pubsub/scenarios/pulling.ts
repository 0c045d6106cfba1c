import { refused } from '../observation.ts';
import { sorted, texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const pullingScenarios: readonly Scenario[] = [
  { name: 'pulling: how many and when', run: howMany },
  { name: 'pulling: acknowledgement', run: acknowledgement },
  { name: 'pulling: deadlines', run: deadlines },
  { name: 'pulling: the deadline of the subscription', run: ownDeadline },
];

async function howMany(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('pull');
  await the.fact('nothing is there', (await the.pull(subscription, 10, true)).length, 0);
  await the.publish(topic, 'a', 'b', 'c', 'd', 'e');
  const first = await the.pull(subscription, 2);
  const second = await the.pull(subscription, 1);
  await the.fact('as many as asked for', [first.length, second.length], [2, 1]);
  const rest = await the.collect(subscription, 2);
  await the.fact('each once', sorted(texts([...first, ...second, ...rest])), ['a', 'b', 'c', 'd', 'e']);
  await the.fact('what is leased is not there', (await the.pull(subscription, 10, true)).length, 0);
  await the.acknowledge(subscription, [...first, ...second, ...rest]);
  const waiting = the.collect(subscription, 1);
  await the.publish(topic, 'awaited');
  await the.fact('a pull that waits gets what is published', texts(await waiting), ['awaited']);
  const pull = (maxMessages: number) => the.rpc('pull', { subscription, maxMessages, returnImmediately: true });
  await the.fact('0 messages', pull(0), refused('INVALID_ARGUMENT', /max_messages/));
  await the.fact('-1 messages', pull(-1), refused('INVALID_ARGUMENT', /max_messages/));
  await the.fact(
    'a missing subscription',
    the.rpc('pull', { subscription: the.subscription('absent'), maxMessages: 1 }),
    refused('NOT_FOUND', /absent/),
  );
}

async function acknowledgement(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('acks');
  await the.publish(topic, 'a', 'b', 'c');
  const messages = await the.collect(subscription, 3);
  const ackIds = messages.filter(({ text }) => text !== 'c').map(({ ackId }) => ackId);
  await the.fact('is answered with nothing', the.rpc('acknowledge', { subscription, ackIds }), {});
  await the.fact('again is no error', the.rpc('acknowledge', { subscription, ackIds }), {});
  await the.fact('twice in one is none', the.rpc('acknowledge', { subscription, ackIds: [...ackIds, ...ackIds] }), {});
  await the.modify(subscription, messages, 0);
  const again = await the.collect(subscription, 1);
  await the.fact('what was not acknowledged comes again', texts(again), ['c']);
  await the.fact('under its id', again[0]?.id === messages.find(({ text }) => text === 'c')?.id, true);
  await the.fact('nothing else does', (await the.pull(subscription, 10, true)).length, 0);
  const other = await the.newSubscription('other', topic);
  await the.publish(topic, 'd');
  const [mine] = await the.collect(subscription, 1);
  const [theirs] = await the.collect(other, 1);
  if (mine === undefined || theirs === undefined) throw new Error('d was not delivered to both');
  await the.acknowledge(subscription, [mine]);
  await the.modify(other, [theirs], 0);
  await the.fact('the other subscription’s copy is untouched', texts(await the.collect(other, 1)), ['d']);
  await the.fact(
    'no ids',
    the.rpc('acknowledge', { subscription, ackIds: [] }),
    refused('INVALID_ARGUMENT', /ack.?id/i),
  );
  await the.fact(
    'a missing subscription',
    the.rpc('acknowledge', { subscription: the.subscription('absent'), ackIds }),
    refused('NOT_FOUND', /absent/),
  );
}

async function deadlines(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('deadlines');
  await the.publish(topic, 'a');
  const first = await the.collect(subscription, 1);
  const nackedAt = performance.now();
  await the.modify(subscription, first, 0);
  const second = await the.collect(subscription, 1);
  await the.fact('given back, it comes at once', [texts(second), performance.now() - nackedAt < 8_000], [['a'], true]);
  const shortenedAt = performance.now();
  await the.modify(subscription, second, 2);
  const third = await the.collect(subscription, 1);
  const waitedMs = performance.now() - shortenedAt;
  await the.fact(
    'a deadline of 2 s ends after 2 s',
    [texts(third), waitedMs > 1_900, waitedMs < 8_000],
    [['a'], true, true],
  );
  await the.modify(subscription, third, 1);
  await the.modify(subscription, third, 60);
  await the.fact('one that was extended does not', (await the.collect(subscription, 1, { withinMs: 2_000 })).length, 0);
  await the.acknowledge(subscription, third);
  const { ackIds } = { ackIds: third.map(({ ackId }) => ackId) };
  const modify = (seconds: number) =>
    the.rpc('modifyAckDeadline', { subscription, ackIds, ackDeadlineSeconds: seconds });
  await the.fact('of what is acknowledged is no error', modify(10), {});
  await the.fact('600 s', modify(600), {});
  await the.fact('601 s', modify(601), refused('INVALID_ARGUMENT', /ack_deadline_seconds/));
  await the.fact('-1 s', modify(-1), refused('INVALID_ARGUMENT', /ack_deadline_seconds/));
  await the.fact('none of these brought it back', (await the.pull(subscription, 10, true)).length, 0);
  await the.fact(
    'no ids',
    the.rpc('modifyAckDeadline', { subscription, ackIds: [], ackDeadlineSeconds: 10 }),
    refused('INVALID_ARGUMENT', /ack.?id/i),
  );
  await the.fact(
    'a missing subscription',
    the.rpc('modifyAckDeadline', { subscription: the.subscription('absent'), ackIds, ackDeadlineSeconds: 10 }),
    refused('NOT_FOUND', /absent/),
  );
}

async function ownDeadline(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('own', { ackDeadlineSeconds: 10 });
  await the.publish(topic, 'acknowledged', 'forgotten');
  const pulledAt = performance.now();
  const messages = await the.collect(subscription, 2);
  await the.acknowledge(
    subscription,
    messages.filter(({ text }) => text === 'acknowledged'),
  );
  const again = await the.collect(subscription, 1, { withinMs: 20_000 });
  const waitedMs = performance.now() - pulledAt;
  await the.fact('what nobody acknowledged comes again', texts(again), ['forgotten']);
  await the.fact('after its 10 s', [waitedMs > 9_900, waitedMs < 18_000], [true, true]);
}
