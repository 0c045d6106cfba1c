import { refused } from '../observation.ts';
import { endOf } from '../pull-stream.ts';
import { ackIds, sorted, texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import { SOON_MS, type World } from '../world.ts';

export const streamingScenarios: readonly Scenario[] = [
  { name: 'streaming: messages, acks and nacks', run: messages },
  { name: 'streaming: flow control', run: flowControl },
  { name: 'streaming: several streams', run: several },
  { name: 'streaming: deadlines', run: deadlines },
  { name: 'streaming: the first request', run: firstRequest },
  { name: 'streaming: later requests', run: laterRequests },
  { name: 'streaming: the end', run: ends },
];

/** What should not come is waited for this long. */
const IN_VAIN_MS = 700;
/** What should is waited for longer, since a machine may be busy. */
const END_MS = 8_000;

async function messages(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('stream');
  await the.publish(topic, 'before');
  using stream = the.stream(subscription);
  await the.fact(
    'what was there comes',
    the.sees(() => stream.messages.length === 1),
    true,
  );
  await the.publish(topic, 'during');
  await the.fact(
    'what is published comes',
    the.sees(() => stream.messages.length === 2),
    true,
  );
  await the.fact('each once', texts(stream.messages), ['before', 'during']);
  await the.fact(
    'the subscription’s properties come along',
    stream.answers.every((a) => 'subscriptionProperties' in (a as object)),
    true,
  );
  const [before, during] = stream.messages;
  if (before === undefined || during === undefined) throw new Error('the stream brought no two messages');
  stream.send({ ackIds: [before.ackId], modifyDeadlineAckIds: [during.ackId], modifyDeadlineSeconds: [0] });
  await the.fact(
    'what is given back comes again',
    [
      await the.sees(() => stream.messages.length === 3),
      stream.messages[2]?.text ?? null,
      stream.messages[2]?.id === during.id,
    ],
    [true, 'during', true],
  );
  stream.send({ ackIds: ackIds(stream.messages.slice(2)) });
  stream.end();
  await the.fact('ends in peace where the client has no more requests', endOf(stream, SOON_MS), 'ended in peace');
  await the.fact('what was acknowledged is gone', (await the.drain(subscription)).length, 0);
}

async function flowControl(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('flow');
  await the.publish(topic, ...Array.from({ length: 5 }, (_, at) => `m${at}`));
  {
    using stream = the.stream(subscription, { maxOutstandingMessages: 2 });
    await the.sees(() => stream.messages.length >= 2);
    await the.sees(() => stream.messages.length > 2, IN_VAIN_MS);
    await the.fact('no more than two messages are out', stream.messages.length === 2, true);
    stream.send({ ackIds: ackIds(stream.messages.slice(0, 1)) });
    await the.sees(() => stream.messages.length >= 3);
    await the.sees(() => stream.messages.length > 3, IN_VAIN_MS);
    await the.fact('an ack lets one more come', stream.messages.length === 3, true);
    const [, second] = stream.messages;
    stream.send({ modifyDeadlineAckIds: [second?.ackId], modifyDeadlineSeconds: [0] });
    await the.sees(() => stream.messages.length >= 4);
    await the.sees(() => stream.messages.length > 4, IN_VAIN_MS);
    await the.fact('so does a nack', stream.messages.length === 4, true);
    await the.acknowledge(subscription, stream.messages);
  }
  const bytes = await the.newPair('bytes');
  await the.publish(bytes.topic, ...Array.from({ length: 5 }, () => 'x'.repeat(1_000)));
  {
    using stream = the.stream(bytes.subscription, { maxOutstandingBytes: 2_500 });
    await the.sees(() => stream.messages.length >= 2);
    await the.sees(() => stream.messages.length > 3, IN_VAIN_MS);
    await the.fact('nor more than so many bytes, and what passes them', [2, 3].includes(stream.messages.length), true);
  }
  const large = await the.newPair('large');
  await the.publish(large.topic, 'x'.repeat(10_000));
  using stream = the.stream(large.subscription, { maxOutstandingBytes: 10 });
  await the.fact(
    'a message larger than all that may be out comes',
    the.sees(() => stream.messages.length === 1),
    true,
  );
}

async function several(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('several');
  using one = the.stream(subscription, { clientId: 'one' });
  using other = the.stream(subscription, { clientId: 'other' });
  await the.publish(topic, ...Array.from({ length: 20 }, (_, at) => `m${at}`));
  const all = () => [...one.messages, ...other.messages];
  await the.fact(
    'all come',
    the.sees(() => all().length === 20),
    true,
  );
  await the.fact('each to one of the two', new Set(texts(all())).size, 20);
  one.send({ ackIds: ackIds(all()) });
  await the.fact(
    'one acknowledges also what the other got',
    the.sees(async () => {
      await the.modify(subscription, other.messages, 0);
      return (await the.drain(subscription)).length === 0;
    }),
    true,
  );
}

async function deadlines(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('deadline', { ackDeadlineSeconds: 600 });
  await the.publish(topic, 'a');
  using stream = the.stream(subscription, { streamAckDeadlineSeconds: 10 });
  await the.sees(() => stream.messages.length === 1);
  const deliveredAt = performance.now();
  const { ackId } = stream.messages[0] ?? {};
  stream.send({ modifyDeadlineAckIds: [ackId], modifyDeadlineSeconds: [2] });
  await the.fact(
    'a stream shortens a deadline',
    the.sees(() => stream.messages.length === 2),
    true,
  );
  const waitedMs = performance.now() - deliveredAt;
  await the.fact('to what it says', [waitedMs > 1_900, waitedMs < 8_000], [true, true]);
  const againAt = performance.now();
  await the.fact(
    'the stream’s deadline holds, not the subscription’s',
    the.sees(() => stream.messages.length === 3, 14_000),
    true,
  );
  await the.fact('of 10 s', performance.now() - againAt > 9_500, true);
}

async function firstRequest(the: World): Promise<void> {
  const { subscription } = await the.newPair('first');
  const end = async (request: object, withinMs = END_MS): Promise<unknown> => {
    using stream = the.stream(subscription, request);
    return await endOf(stream, withinMs);
  };
  const invalid = refused('INVALID_ARGUMENT');
  const [none, nine, tooLong, negative, absent, unnamed, sizes, notNegative, longest] = await Promise.all([
    end({ streamAckDeadlineSeconds: 0 }),
    end({ streamAckDeadlineSeconds: 9 }),
    end({ streamAckDeadlineSeconds: 601 }),
    end({ streamAckDeadlineSeconds: -1 }),
    end({ subscription: the.subscription('absent') }),
    end({ subscription: '' }),
    end({ subscription: 'first-sub' }),
    end({ maxOutstandingMessages: -1, maxOutstandingBytes: -1 }, IN_VAIN_MS),
    end({ streamAckDeadlineSeconds: 600 }, IN_VAIN_MS),
  ]);
  await the.fact('no deadline', none, invalid);
  await the.fact('a deadline of 9 s', nine, invalid);
  await the.fact('a deadline of 601 s', tooLong, invalid);
  await the.fact('a deadline of -1 s', negative, invalid);
  await the.fact('a missing subscription', absent, refused('NOT_FOUND', /absent/));
  await the.fact('no subscription', unnamed, invalid);
  await the.fact('an id in place of a name', sizes, invalid);
  await the.fact('limits below 0 are none', notNegative, 'still open');
  await the.fact('a deadline of 600 s', longest, 'still open');
}

async function laterRequests(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('later');
  await the.publish(topic, 'a');
  const end = async (request: object, withinMs = END_MS): Promise<unknown> => {
    using stream = the.stream(subscription);
    stream.send(request);
    return await endOf(stream, withinMs);
  };
  const invalid = refused('INVALID_ARGUMENT');
  const [again, messages, bytes, version, short, long, ok] = await Promise.all([
    end({ subscription }),
    end({ maxOutstandingMessages: 5 }),
    end({ maxOutstandingBytes: 5 }),
    end({ protocolVersion: 1 }),
    end({ streamAckDeadlineSeconds: 9 }),
    end({ streamAckDeadlineSeconds: 601 }),
    end({ streamAckDeadlineSeconds: 60 }, IN_VAIN_MS),
  ]);
  await the.fact('the subscription again', again, invalid);
  await the.fact('another limit of messages', messages, invalid);
  await the.fact('another limit of bytes', bytes, invalid);
  await the.fact('another protocol', version, invalid);
  await the.fact('a deadline of 9 s', short, invalid);
  await the.fact('a deadline of 601 s', long, invalid);
  await the.fact('a deadline of 60 s', ok, 'still open');
  const pinged = await the.newPair('pinged');
  await the.publish(pinged.topic, 'a');
  using stream = the.stream(pinged.subscription, { protocolVersion: 1 });
  await the.sees(() => stream.messages.length === 1);
  const before = stream.answers.length;
  stream.send({});
  await the.fact(
    'a ping is answered',
    the.sees(() => stream.answers.length > before),
    true,
  );
}

async function ends(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('ends');
  const detached = await the.newSubscription('detached', topic);
  using toDelete = the.stream(subscription);
  using toDetach = the.stream(detached);
  await the.publish(topic, 'a');
  await the.sees(() => toDelete.messages.length === 1 && toDetach.messages.length === 1);
  await the.ok('deleteSubscription', { subscription });
  await the.ok('detachSubscription', { subscription: detached });
  const [ofDeleted, ofDetached] = await Promise.all([endOf(toDelete, END_MS), endOf(toDetach, END_MS)]);
  await the.fact('its subscription is deleted', ofDeleted, refused('NOT_FOUND'));
  await the.fact('its subscription is detached', ofDetached, refused('FAILED_PRECONDITION'));
  using late = the.stream(detached);
  await the.fact('one that begins on a detached subscription', endOf(late, END_MS), refused('FAILED_PRECONDITION'));
  const cut = await the.newPair('cut');
  await the.publish(cut.topic, 'taken');
  {
    using stream = the.stream(cut.subscription);
    await the.sees(() => stream.messages.length === 1);
    stream.send({ modifyDeadlineAckIds: ackIds(stream.messages), modifyDeadlineSeconds: [1] });
    await the.sees(() => stream.messages.length === 2);
    stream.send({ modifyDeadlineAckIds: ackIds(stream.messages.slice(1)), modifyDeadlineSeconds: [1] });
  }
  await the.fact(
    'a stream that is cut leaves its messages to others',
    sorted(texts(await the.collect(cut.subscription, 1, { withinMs: 15_000 }))),
    ['taken'],
  );
}
