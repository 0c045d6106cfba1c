import { refused } from '../observation.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const publishingScenarios: readonly Scenario[] = [
  { name: 'publishing: what arrives', run: arrival },
  { name: 'publishing: limits', run: limits },
];

async function arrival(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('arrival');
  const startedAt = Date.now();
  const ids = await the.publish(
    topic,
    'plain',
    { data: 'with attributes', attributes: { a: '1', 'b/c.d': 'ä' } },
    { attributes: { only: 'attributes' } },
    'plain',
  );
  await the.fact('an id for each', [ids.length, new Set(ids).size], [4, 4]);
  const messages = await the.collect(subscription, 4);
  const inOrder = ids.map((id) => messages.find((message) => message.id === id));
  await the.fact(
    'each arrives as it was sent, under its id',
    inOrder.map((message) => [message?.text ?? null, message?.attributes ?? null, message?.key ?? null]),
    [
      ['plain', {}, ''],
      ['with attributes', { a: '1', 'b/c.d': 'ä' }, ''],
      ['', { only: 'attributes' }, ''],
      ['plain', {}, ''],
    ],
  );
  const times = messages.map(({ publishTimeMs }) => publishTimeMs);
  // The clock of a container may be a little off.
  const inTime = times.every((time) => time > startedAt - 60_000 && time < Date.now() + 60_000);
  await the.fact('and has the time of its publication', inTime, true);
  await the.fact(
    'there are no attempts without a dead-letter policy',
    new Set(messages.map((m) => m.attempt)).size === 1 && messages[0]?.attempt,
    0,
  );
  await the.fact(
    'id and time are the server’s',
    the
      .rpc('publish', {
        topic,
        messages: [{ data: Buffer.from('x'), messageId: 'mine', publishTime: { seconds: 1, nanos: 0 } }],
      })
      .then((answer) => 'messageIds' in (answer as object) && JSON.stringify(answer) !== '{"messageIds":["mine"]}'),
    true,
  );
  const [own] = await the.collect(subscription, 1);
  await the.fact('also where it arrives', own !== undefined && own.id !== 'mine' && own.publishTimeMs > 1_000, true);
  const bytes = Buffer.from([0, 255, 128, 10, 13]);
  await the.ok('publish', { topic, messages: [{ data: bytes }] });
  const { receivedMessages } = await the.ok<{ receivedMessages: { message: { data: Buffer } }[] }>('pull', {
    subscription,
    maxMessages: 1,
  });
  await the.fact(
    'bytes are bytes',
    Buffer.from(receivedMessages[0]?.message.data ?? '').toString('hex'),
    bytes.toString('hex'),
  );
  const late = await the.newSubscription('late', topic);
  await the.fact('a subscription gets nothing from before it was made', (await the.drain(late)).length, 0);
  await the.publish(topic, 'for both');
  await the.fact(
    'each subscription gets its own copy',
    [
      (await the.collect(subscription, 1)).map(({ text }) => text),
      (await the.collect(late, 1)).map(({ text }) => text),
    ],
    [['for both'], ['for both']],
  );
}

const MB = 1_000_000;

async function limits(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('limits');
  const publish = async (...messages: object[]): Promise<unknown> => {
    const answer = await the.rpc('publish', { topic, messages });
    return 'messageIds' in (answer as object) ? 'published' : answer;
  };
  const data = Buffer.from('x');
  const invalid = refused('INVALID_ARGUMENT');
  await the.fact('no messages', publish(), invalid);
  await the.fact('a message with nothing in it', publish({}), invalid);
  await the.fact('an empty one beside a good one', publish({ data }, {}), invalid);
  await the.fact('nothing was published of these', (await the.drain(subscription)).length, 0);
  await the.fact('an ordering key alone is no content', publish({ orderingKey: 'k' }), invalid);
  await the.fact('1,000 messages', publish(...Array.from({ length: 1_000 }, () => ({ data }))), 'published');
  await the.fact('1,001 messages', publish(...Array.from({ length: 1_001 }, () => ({ data }))), invalid);
  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`key-${at}`, 'value']));
  await the.fact('100 attributes', publish({ data, attributes: attributes(100) }), 'published');
  await the.fact('101 attributes', publish({ data, attributes: attributes(101) }), invalid);
  await the.fact('a name of 256 bytes', publish({ data, attributes: { ['k'.repeat(256)]: 'v' } }), 'published');
  await the.fact('a name of 257 bytes', publish({ data, attributes: { ['k'.repeat(257)]: 'v' } }), invalid);
  await the.fact(
    'a name of 129 letters in 258 bytes',
    publish({ data, attributes: { ['ä'.repeat(129)]: 'v' } }),
    invalid,
  );
  await the.fact('a value of 1,024 bytes', publish({ data, attributes: { k: 'v'.repeat(1_024) } }), 'published');
  await the.fact('a value of 1,025 bytes', publish({ data, attributes: { k: 'v'.repeat(1_025) } }), invalid);
  await the.fact('an empty value', publish({ data, attributes: { k: '' } }), 'published');
  await the.fact('an empty name', publish({ data, attributes: { '': 'v' } }), invalid);
  await the.fact('a name of Google’s', publish({ data, attributes: { 'goog-mine': 'v' } }), invalid);
  await the.fact('an ordering key of 1,024 bytes', publish({ data, orderingKey: 'k'.repeat(1_024) }), 'published');
  await the.fact('an ordering key of 1,025 bytes', publish({ data, orderingKey: 'k'.repeat(1_025) }), invalid);
  await the.fact('9.9 MB', publish({ data: Buffer.alloc(9.9 * MB, 'x') }), 'published');
  await the.fact('10.1 MB', publish({ data: Buffer.alloc(10.1 * MB, 'x') }), invalid);
  await the.fact(
    '10.1 MB in two messages',
    publish({ data: Buffer.alloc(5 * MB, 'x') }, { data: Buffer.alloc(5.1 * MB, 'x') }),
    invalid,
  );
}
