import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageLog, StoredMessage } from '../storage/storage.ts';
import type { DeliverySettings } from './delivery.ts';
import { newMessage, Rig, settle } from './testing/rig.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

/** A log of which nothing is at hand without the disk. */
function cold(
  log: MessageLog,
  before: () => Promise<void> = async () => undefined,
  start: () => number = () => log.startOffset,
): MessageLog {
  return {
    get startOffset() {
      return start();
    },
    get endOffset() {
      return log.endOffset;
    },
    append: (messages) => log.append(messages),
    appendEncoded: (messages) => log.appendEncoded(messages),
    read: async (offset, limits) => {
      await before();
      return log.read(Math.max(offset, start()), limits);
    },
    readNow: () => undefined,
    offsetAt: (time) => log.offsetAt(time),
    onAppended: (listener) => log.onAppended(listener),
    trimBefore: (offset) => log.trimBefore(offset),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

test('what lies on the disk is delivered, also to a pull that does not wait', async () => {
  await using rig = await Rig.open({ wrapLog: (log) => cold(log), settings: { isOrdered: true } });
  await rig.publish('a', 'b', 'k:1', 'k:2');
  const [a, b, k1] = await rig.pull();
  assert(a && b && k1);
  rig.nack(b, k1);
  assert.deepEqual((await rig.pullTexts()).concat(await rig.pullTexts()), ['b', 'k:1', 'k:2']);
});

test('a disk that cannot be read fails those who wait, and is asked again by the next', async () => {
  let isFailing = true;
  const fail = async () => {
    if (isFailing) throw new Error('unreadable');
  };
  await using rig = await Rig.open({ wrapLog: (log) => cold(log, fail) });
  await rig.publish('a');
  await assert.rejects(rig.pull(), /unreadable/);
  isFailing = false;
  assert.deepEqual(await rig.pullTexts(), ['a']);
});

test('what is read while a seek takes place is not taken for what is read after it', async () => {
  let go = () => {};
  let isHeld = false;
  const hold = () =>
    isHeld
      ? new Promise<void>((resolve) => {
          go = resolve;
        })
      : Promise.resolve();
  await using rig = await Rig.open({ wrapLog: (log) => cold(log, hold) });
  await rig.publish('a', 'b');
  using stream = rig.stream();
  await settle();
  isHeld = true;
  await rig.publish('c');
  await settle();
  isHeld = false;
  await rig.delivery.seekTo({ below: 0, ranges: [] });
  go();
  await settle();
  assert.deepEqual(stream.texts, ['a', 'b', 'a', 'b', 'c'], 'nothing is passed over');
});

test('messages that the filter does not let through are acknowledged without being delivered', async () => {
  await using rig = await Rig.open({
    settings: { matches: ({ attributes }) => attributes.text?.endsWith('7') === true },
  });
  await rig.publish(...numbers(20));
  assert.deepEqual(await rig.pullTexts(), ['7', '17']);
  await settle();
  assert.deepEqual(rig.delivery.state(), {
    below: 7,
    ranges: [
      [8, 17],
      [18, 20],
    ],
  });
});

test('a long run of messages that do not match lets the event loop turn', async () => {
  let looked = 0;
  const matches: DeliverySettings['matches'] = ({ attributes }) => {
    looked += 1;
    return attributes.text === 'last';
  };
  await using rig = await Rig.open({ settings: { matches } });
  await rig.publish(...numbers(50_000), 'last');
  using stream = rig.stream();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert(looked > 0 && looked <= 6_000, `${looked}`);
  await settle(200);
  assert.deepEqual(stream.texts, ['last']);
  assert.deepEqual(rig.delivery.state(), { below: 50_000, ranges: [] });
});

test('a pull that does not wait for messages does find one behind many that do not match', async () => {
  await using rig = await Rig.open({ settings: { matches: ({ attributes }) => attributes.text === 'last' } });
  await rig.publish(...numbers(10_000), 'last');
  assert.deepEqual(await rig.pullTexts(), ['last']);
});

test('messages older than the retention are dropped: new, given back, or of a key', async () => {
  await using rig = await Rig.open({ settings: { retentionMs: 600_000, isOrdered: true } });
  await rig.publish('old', 'k:1', 'never');
  rig.nack(...(await rig.pull(2)));
  rig.clock.advance(600_001);
  await rig.publish('new');
  assert.deepEqual(await rig.pullTexts(), ['new']);
  await settle();
  assert.deepEqual(rig.delivery.state(), { below: 3, ranges: [] });
});

test('what the topic let go is not waited for', async () => {
  let startOffset = 0;
  const trimmed = (log: MessageLog) =>
    cold(
      log,
      async () => undefined,
      () => startOffset,
    );
  await using rig = await Rig.open({ wrapLog: trimmed, settings: { isOrdered: true } });
  await rig.publish('a', 'k:1', ...numbers(5_000));
  rig.nack(...(await rig.pull(10)));
  startOffset = 4_000;
  const got: string[] = [];
  for (let lot = await rig.pullTexts(); lot.length > 0; lot = await rig.pullTexts()) got.push(...lot);
  const readBefore = numbers(998).slice(8);
  assert.deepEqual(got, [...readBefore, ...numbers(5_000).slice(4_000 - 2)]);
});

test('messages that wait for an earlier one of their key cost little, and the rest of the backlog goes on', async () => {
  await using rig = await Rig.open({ settings: { isOrdered: true } });
  await rig.publish(...numbers(3_000).map((number) => `k:${number}`), 'last');
  const [held] = await rig.pull(1);
  assert(held);
  assert.deepEqual(await rig.pullTexts(), ['last']);
  await rig.ack(held);
  const got: string[] = [];
  for (let lot = await rig.pull(); lot.length > 0; lot = await rig.pull()) {
    got.push(...lot.map(({ message }) => message.data.toString()));
    await rig.ack(...lot);
  }
  assert.deepEqual(
    got,
    numbers(3_000)
      .slice(1)
      .map((number) => `k:${number}`),
  );
});

test('a stream without room reads no further', async () => {
  let read = 0;
  const counted = (log: MessageLog): MessageLog =>
    cold({
      ...cold(log),
      get endOffset() {
        return log.endOffset;
      },
      read: async (offset, limits) => {
        const messages = await log.read(offset, limits);
        read += messages.length;
        return messages;
      },
    });
  await using rig = await Rig.open({ wrapLog: counted });
  await rig.publish(...numbers(20_000));
  using stream = rig.stream({ maxMessages: 10 });
  await settle(50);
  rig.nack(...stream.received);
  await settle(50);
  assert(stream.received.length >= 20);
  assert(read <= 1_200, `${read}`);
});

test('when a million messages wait for an earlier one of their key, the rest of the backlog waits too', async () => {
  const count = 1_010_000;
  const message: StoredMessage = {
    ...newMessage('k:0'),
    offset: 0,
    messageId: '1',
    publishTimeUs: Number.MAX_SAFE_INTEGER,
    encoded: Buffer.alloc(10),
  };
  let looked = 0;
  const endless = (log: MessageLog): MessageLog => ({
    ...cold(log),
    startOffset: 0,
    endOffset: count,
    readNow: (offset, { maxMessages }) => {
      looked = Math.max(looked, offset);
      const messages = [];
      for (let at = offset; at < Math.min(count, offset + maxMessages); at += 1)
        messages.push({ ...message, offset: at });
      return messages;
    },
  });
  await using rig = await Rig.open({ wrapLog: endless, settings: { isOrdered: true } });
  const [held] = await rig.pull(1);
  assert(held);
  assert.deepEqual(await rig.pull(), []);
  assert(looked >= 999_000 && looked <= 1_002_000, `${looked}`);
  await rig.ack(held);
  assert.equal((await rig.pull()).length, 1_000);
});
