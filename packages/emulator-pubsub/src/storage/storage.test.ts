import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '@sluice/durable-log';
import fc from 'fast-check';
import { openMemoryStorage } from './memory-storage.ts';
import type { NewMessage } from './storage.ts';
import { ALL, readAll, textMessage, textsOf } from './testing/samples.ts';
import { testStorages } from './testing/storages.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const { google } = createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.js');

testStorages(
  'a message is read as it was published, and encoded so that protobufjs reads the same',
  async ({ storage }) => {
    await using log = await storage.openMessages('t');
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const message: fc.Arbitrary<NewMessage> = fc.record(
      {
        data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        attributes: fc.dictionary(fc.oneof(text, fc.constant('__proto__')), text, {
          maxKeys: 5,
          noNullPrototype: true,
        }),
        orderingKey: text,
      },
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), async (messages) => {
        const offset = log.endOffset;
        const published = await log.append(messages);
        const found = await log.read(offset, ALL);
        assert.deepEqual(
          found.map((each) => each.offset),
          messages.map((_, index) => offset + index),
        );
        for (const [index, each] of found.entries()) {
          const { data, attributes, orderingKey } = each;
          assert.deepEqual({ data, attributes, orderingKey }, messages[index]);
          const { messageId, publishTimeUs } = each;
          assert.deepEqual({ messageId, publishTimeUs }, published[index]);
          const publishTime = { seconds: Math.floor(publishTimeUs / 1e6), nanos: (publishTimeUs % 1e6) * 1000 };
          const whole = { ...messages[index], messageId, publishTime };
          const { PubsubMessage } = google.pubsub.v1;
          const decoded = (bytes: Uint8Array): object =>
            PubsubMessage.toObject(PubsubMessage.decode(bytes), { defaults: true, longs: String });
          assert.deepEqual(decoded(each.encoded), decoded(PubsubMessage.encode(whole).finish()));
        }
      }),
      { numRuns: 100 },
    );
  },
);

testStorages('reading begins anywhere and ends at the first limit, after at least one message', async ({ storage }) => {
  await using log = await storage.openMessages('t');
  await log.append(['a', 'b', 'c'].map((text) => textMessage(text)));
  await log.append(['d'].map((text) => textMessage(text)));
  await log.append(['e', 'f'].map((text) => textMessage(text)));
  const bytes = (await log.read(0, ALL))[0]?.encoded.length ?? 0;
  const texts = async (offset: number, limits: object): Promise<string> =>
    textsOf(await log.read(offset, { ...ALL, ...limits })).join('');
  assert.equal(await texts(0, {}), 'abcdef');
  assert.equal(await texts(1, {}), 'bcdef');
  assert.equal(await texts(4, {}), 'ef');
  assert.equal(await texts(6, {}), '');
  assert.equal(await texts(7, {}), '');
  assert.equal(await texts(1, { maxMessages: 1 }), 'b');
  assert.equal(await texts(1, { maxMessages: 4 }), 'bcde');
  assert.equal(await texts(2, { maxBytes: 0 }), 'c');
  assert.equal(await texts(2, { maxBytes: 2 * bytes }), 'cd');
  assert.equal(await texts(2, { maxBytes: 3 * bytes - 1 }), 'cd');
  assert.deepEqual(log.readNow(6, ALL), []);
});

testStorages(
  'only what is durable is seen, and whoever listens hears of it before the publisher',
  async ({ storage }) => {
    await using log = await storage.openMessages('t');
    const seen: string[] = [];
    const stop = log.onAppended(() => {
      seen.push(`${log.endOffset}: ${textsOf(log.readNow(0, ALL) ?? [])}`);
    });
    await log.append([textMessage('a'), textMessage('b')]).then(() => seen.push('answered'));
    assert.ok(['2: a,b', '2: '].includes(seen[0] ?? ''), seen[0]);
    assert.equal(seen[1], 'answered');
    stop();
    await log.append([textMessage('c')]);
    assert.equal(seen.length, 2);
  },
);

testStorages('appends get offsets, ids and times in the order of the calls', async ({ storage, clock }) => {
  await using log = await storage.openMessages('t');
  const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`);
  const answers = await Promise.all(texts.map((text) => log.append([textMessage(text)])));
  const found = await readAll(log, { maxMessages: 7, maxBytes: 1_000 });
  assert.deepEqual(textsOf(found), texts);
  assert.deepEqual(
    found.map(({ messageId, publishTimeUs }) => ({ messageId, publishTimeUs })),
    answers.flat(),
  );
  assert.equal(found[0]?.publishTimeUs, clock.now() * 1000);
  assert.deepEqual(await log.append([]), []);
  assert.equal(log.endOffset, 300);
});

testStorages('publish times follow the clock, but never back', async ({ storage, clock }) => {
  await using log = await storage.openMessages('t');
  const startUs = clock.now() * 1000;
  const times: number[] = [];
  for (const ms of [0, 5, -3, 1, 10]) {
    clock.advance(ms);
    times.push((await log.append([textMessage('x')]))[0]?.publishTimeUs ?? 0);
  }
  assert.deepEqual(
    times.map((time) => time - startUs),
    [0, 5000, 5000, 5000, 13000],
  );
});

testStorages('an offset is found by the time of publishing', async ({ storage, clock }) => {
  await using log = await storage.openMessages('t');
  assert.equal(await log.offsetAt(0), 0);
  const startUs = clock.now() * 1000;
  for (let block = 0; block < 40; block += 1) {
    await log.append(Array.from({ length: 3 }, (_, index) => textMessage(`${block} ${index}`)));
    if (block % 2 === 1) clock.advance(10);
  }
  assert.equal(await log.offsetAt(0), 0);
  assert.equal(await log.offsetAt(startUs), 0);
  assert.equal(await log.offsetAt(startUs + 1), 6);
  assert.equal(await log.offsetAt(startUs + 10_000), 6);
  assert.equal(await log.offsetAt(startUs + 10_001), 12);
  assert.equal(await log.offsetAt(startUs + 190_000), 114);
  assert.equal(await log.offsetAt(startUs + 190_001), 120);
});

testStorages('a message id is 17 digits and no other topic of the server ever has it', async ({ storage }) => {
  const seen = new Set<string>();
  for (const id of ['a', 'b', 'a', 'a', 'b']) {
    const log = await storage.openMessages(id);
    for (const { messageId } of await log.append([textMessage('1'), textMessage('2')])) {
      assert.match(messageId, /^[1-9]\d{16}$/);
      assert.ok(!seen.has(messageId), messageId);
      seen.add(messageId);
    }
    await storage.removeMessages(id);
  }
});

testStorages('closed and opened again, a topic and a subscription are as they were', async ({ storage }) => {
  let messageId: string | undefined;
  {
    await using log = await storage.openMessages('t');
    await using acks = await storage.openAcks('s');
    messageId = (await log.append([textMessage('a'), textMessage('b')]))[1]?.messageId;
    await acks.add([0, 5]);
  }
  await using log = await storage.openMessages('t');
  await using acks = await storage.openAcks('s');
  const found = await readAll(log);
  assert.deepEqual(textsOf(found), ['a', 'b']);
  assert.equal(found[1]?.messageId, messageId);
  assert.deepEqual(acks.state(), { below: 1, ranges: [[5, 6]] });
});

testStorages('what is removed is gone, and so is whatever retainOnly does not name', async ({ storage }) => {
  for (const id of ['kept', 'removed', 'orphan']) {
    await using log = await storage.openMessages(id);
    await using acks = await storage.openAcks(id);
    await log.append([textMessage(id)]);
    await acks.add([0]);
  }
  await using open = await storage.openMessages('open');
  await open.append([textMessage('open')]);
  await storage.removeMessages('removed');
  await storage.removeAcks('removed');
  await storage.removeMessages('never-there');
  await storage.retainOnly({ messages: new Set(['kept']), acks: new Set(['kept']) });
  const found: [string, number, boolean][] = [];
  for (const id of ['kept', 'removed', 'orphan']) {
    await using log = await storage.openMessages(id);
    await using acks = await storage.openAcks(id);
    found.push([id, log.endOffset, acks.has(0)]);
  }
  assert.deepEqual(found, [
    ['kept', 1, true],
    ['removed', 0, false],
    ['orphan', 0, false],
  ]);
  assert.deepEqual(textsOf(await readAll(open)), ['open']);
});

testStorages('an id that is not safe as the name of a file is refused, as is one that is open', async ({ storage }) => {
  for (const id of ['', '.', '..', 'a/b', 'a\\b', 'A', 'a b', 'ä', 'a\0', 'x'.repeat(101), 'a.b']) {
    for (const call of ['openMessages', 'openAcks', 'removeMessages', 'removeAcks'] as const) {
      await assert.rejects(Promise.resolve(storage[call](id)), RangeError, `${call} ${JSON.stringify(id)}`);
    }
  }
  await using _log = await storage.openMessages('x'.repeat(100));
  await assert.rejects(storage.openMessages('x'.repeat(100)), RangeError);
});

testStorages('resources are as the last write of each left them', async ({ storage }) => {
  const { resources } = storage;
  const value = Buffer.from('1');
  const writes = [
    resources.write([
      { key: 'a', value },
      { key: 'b', value: Buffer.from('2') },
    ]),
    resources.write([{ key: 'a', value: null }]),
    resources.write([{ key: 'ключ', value: Buffer.alloc(0) }]),
    resources.write([]),
  ];
  value.write('X');
  await Promise.all(writes);
  assert.equal(resources.get('a'), undefined);
  assert.deepEqual(
    [...resources.entries()],
    [
      ['b', Buffer.from('2')],
      ['ключ', Buffer.alloc(0)],
    ],
  );
});

testStorages('what is acknowledged is so at once; a seek puts another state in its place', async ({ storage }) => {
  await using acks = await storage.openAcks('s');
  assert.equal(acks.state(), undefined);
  assert.equal(acks.has(0), false);
  const replaced = acks.replace({ below: 3, ranges: [] });
  assert.deepEqual(acks.state(), { below: 3, ranges: [] });
  const added = acks.add([7, 5, 6, 9, 2]);
  assert.deepEqual(acks.state(), {
    below: 3,
    ranges: [
      [5, 8],
      [9, 10],
    ],
  });
  await Promise.all([replaced, added]);
  assert.deepEqual(
    [2, 3, 4, 5, 7, 8, 9, 10].filter((offset) => acks.has(offset)),
    [2, 5, 7, 9],
  );
  await acks.replace({ below: 0, ranges: [[4, 6]] });
  assert.deepEqual(acks.state(), { below: 0, ranges: [[4, 6]] });
  for (const offset of [-1, 0.5, Number.NaN]) {
    await assert.rejects(async () => acks.add([offset]), RangeError);
  }
});

testStorages('what was trimmed is not read, and reading goes on with what is left', async ({ storage }) => {
  await using log = await storage.openMessages('t');
  const text = 'x'.repeat(1_000_000);
  for (let index = 0; index < 40; index += 1) await log.append([textMessage(`${index} ${text}`)]);
  await log.trimBefore(30);
  const { startOffset } = log;
  assert.ok(startOffset > 0 && startOffset <= 30, `${startOffset}`);
  assert.equal((await log.read(0, { ...ALL, maxMessages: 1 }))[0]?.offset, startOffset);
  assert.equal(log.endOffset, 40);
  await log.trimBefore(40);
  assert.equal((await log.append([textMessage('after')]))[0]?.messageId.slice(-7), '0000040');
  assert.deepEqual(textsOf(await log.read(40, ALL)), ['after']);
});

test('a million small messages take little memory, which trimming frees', async () => {
  await using storage = openMemoryStorage({ clock: new ManualClock() });
  const log = await storage.openMessages('t');
  const before = process.memoryUsage().arrayBuffers;
  const message = textMessage('a small message');
  for (let index = 0; index < 1_000_000; index += 1) await log.append([message]);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 100_000_000, `${grown} bytes`);
  assert.deepEqual(textsOf(await log.read(999_999, ALL)), ['a small message']);
  await log.trimBefore(1_000_000);
  assert.equal(log.startOffset, 1_000_000);
  collectGarbage();
  const left = process.memoryUsage().arrayBuffers - before;
  assert.ok(left < 5_000_000, `${left} bytes`);
  assert.deepEqual(await log.read(0, ALL), []);
  await log.append([message]);
  assert.equal((await log.read(0, ALL))[0]?.offset, 1_000_000);
});
