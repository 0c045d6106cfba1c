import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ListeningProcess, temporaryDirectory, waitFor } from '@sluice/testing';
import { pubsub } from './grpc/protos.ts';
import { subscriptionName, testEmulator, topicName } from './testing/emulator.ts';
import { startEmulatorProcess } from './testing/emulator-process.ts';
import { bytesOf, RawClient } from './testing/raw-client.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const LIST_TOPICS = 'google.pubsub.v1.Publisher/ListTopics';
const PUBLISH = 'google.pubsub.v1.Publisher/Publish';
const request = bytesOf(pubsub.ListTopicsRequest, { project: 'projects/p' });

/** A frame of HTTP/2: length 24, type 8, flags 8, stream 32. */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const SETTINGS = frame(4, 0, 0);

/** Writes as long as the server takes it, and waits until it has ended the connection or the time is over. */
async function throwAt(address: string, bytes: () => Iterable<Buffer>): Promise<void> {
  const [host = '', port] = address.split(':');
  const socket: Socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  for (const each of bytes()) {
    if (socket.destroyed || !socket.writable) break;
    if (!socket.write(each)) {
      const going = new AbortController();
      const { signal } = going;
      await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => undefined);
      going.abort();
    }
  }
  const closed = once(socket, 'close');
  socket.end();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
  socket.destroy();
}

function* times(count: number, make: (index: number) => Buffer): Iterable<Buffer> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

/** What HPACK needs to open a call, without compression: literal fields with new names. */
const headers = (...fields: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(
    fields.map(([name, value]) => {
      const text = (each: string): Buffer => {
        const bytes = Buffer.from(each);
        assert.ok(bytes.length < 127);
        return Buffer.concat([Buffer.from([bytes.length]), bytes]);
      };
      return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
    }),
  );

const CALL = headers(
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', `/${LIST_TOPICS}`],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
);

const thrown: readonly (readonly [string, () => Iterable<Buffer>])[] = [
  ['no HTTP/2 at all', () => [Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')]],
  ['zeros', () => times(100, () => Buffer.alloc(65_536))],
  ['a preface that never ends', () => [PREFACE.subarray(0, 10)]],
  [
    'frames of rubbish',
    () => [PREFACE, SETTINGS, ...times(200, (index) => frame(index % 256, index, index * 7, Buffer.alloc(100, index)))],
  ],
  ['a frame longer than allowed', () => [PREFACE, SETTINGS, frame(0, 0, 1, Buffer.alloc(100_000))]],
  [
    'data for streams that are not open',
    () => [PREFACE, SETTINGS, ...times(2_000, (index) => frame(0, 0, index * 2 + 1, Buffer.alloc(1000)))],
  ],
  [
    'headers that go on for ever',
    () => [PREFACE, SETTINGS, frame(1, 0, 1, CALL), ...times(20_000, () => frame(9, 0, 1, Buffer.alloc(1000)))],
  ],
  [
    'headers that go on for ever, with nothing in them',
    () => [PREFACE, SETTINGS, frame(1, 0, 1, CALL), ...times(100_000, () => frame(9, 0, 1))],
  ],
  ['a table of HPACK that is none', () => [PREFACE, SETTINGS, frame(1, 5, 1, Buffer.alloc(1000, 0xff))]],
  ['settings without end', () => [PREFACE, ...times(100_000, () => SETTINGS)]],
  ['pings without end', () => [PREFACE, SETTINGS, ...times(100_000, () => frame(6, 0, 0, Buffer.alloc(8)))]],
  [
    'windows that overflow',
    () => [PREFACE, SETTINGS, ...times(10, () => frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])))],
  ],
  [
    'priorities without end',
    () => [PREFACE, SETTINGS, ...times(100_000, (index) => frame(2, 0, index * 2 + 1, Buffer.from([0, 0, 0, 0, 1])))],
  ],
  [
    'calls that are reset at once',
    () => [
      PREFACE,
      SETTINGS,
      ...times(30_000, (index) =>
        Buffer.concat([frame(1, 4, index * 2 + 1, CALL), frame(3, 0, index * 2 + 1, Buffer.from([0, 0, 0, 8]))]),
      ),
    ],
  ],
  [
    'calls that are never finished',
    () => [PREFACE, SETTINGS, ...times(30_000, (index) => frame(1, 4, index * 2 + 1, CALL))],
  ],
];

/** In MiB, as Linux reports it. */
async function residentMiB({ child }: ListeningProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test('frames of an enemy leave it serving, with the memory it had', async (context) => {
  await using directory = await temporaryDirectory();
  await using emulator = await startEmulatorProcess(directory.path);
  const client = new RawClient(emulator.address);
  context.after(() => client.close());
  assert.equal((await client.status(LIST_TOPICS, request)).code, 0);
  const before = await residentMiB(emulator);
  for (const [what, bytes] of thrown) {
    await throwAt(emulator.address, bytes);
    assert.equal((await client.status(LIST_TOPICS, request)).code, 0, what);
    assert.equal(emulator.child.exitCode, null, what);
    const now = await residentMiB(emulator);
    assert.ok(now < before + 150, `${what}: ${Math.round(before)} MiB before, ${Math.round(now)} MiB now`);
  }
  context.diagnostic(`${Math.round(before)} MiB before, ${Math.round(await residentMiB(emulator))} MiB after`);
});

interface Answer {
  readonly status: unknown;
  readonly grpcStatus: unknown;
}

/** Opens a call by hand. */
function call(session: ClientHttp2Session, fields: Record<string, string>): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${LIST_TOPICS}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...fields,
  });
  stream.on('error', () => undefined);
  return stream;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let status: unknown;
  let grpcStatus: unknown;
  stream.on('response', (got) => {
    status = got[':status'];
    grpcStatus = got['grpc-status'];
  });
  stream.on('trailers', (got) => {
    grpcStatus = got['grpc-status'];
  });
  stream.resume();
  await once(stream, 'close');
  return { status, grpcStatus };
}

const message = (bytes: Buffer, flag = 0, length = bytes.length): Buffer => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
};

const GZIP = { 'grpc-encoding': 'gzip' };
const calls: readonly (readonly [string, Record<string, string>, Buffer, number | undefined, string | undefined])[] = [
  ['as it should be', {}, message(request), 200, '0'],
  ['compressed', GZIP, message(gzipSync(request), 1), 200, '0'],
  ['a bomb', GZIP, message(gzipSync(Buffer.alloc(100_000_000)), 1), 200, '8'],
  ['not what it says', GZIP, message(request, 1), 200, '13'],
  ['an unknown compression', { 'grpc-encoding': 'zstd' }, message(request, 1), 200, '12'],
  ['no message', {}, Buffer.alloc(0), 200, '12'],
  ['two messages', {}, Buffer.concat([message(request), message(request)]), 200, '12'],
  ['a message that ends too soon', {}, message(request, 0, 1000), 200, '12'],
  ['a length beyond all', {}, message(request, 0, 0xffffffff), 200, '8'],
  ['another content type', { 'content-type': 'application/json' }, message(request), 415, undefined],
  ['a method that is none', { ':path': '/x' }, message(request), 200, '12'],
  ['a path that climbs', { ':path': '/../../etc/passwd' }, message(request), 200, '12'],
  ['a timeout that is none', { 'grpc-timeout': 'soon' }, message(request), 200, '13'],
  ['no time', { 'grpc-timeout': '0n' }, message(request), 200, undefined],
];

test('calls that are almost right get a status, and it serves on', async (context) => {
  const { emulator, raw } = await testEmulator(context);
  const session = connectHttp2(`http://${emulator.address}`);
  context.after(() => session.destroy());
  for (const [what, fields, bytes, status, grpcStatus] of calls) {
    const stream = call(session, fields);
    const answer = answerOf(stream);
    stream.end(bytes);
    const got = await answer;
    assert.equal(got.status, status, what);
    if (grpcStatus !== undefined) assert.equal(got.grpcStatus, grpcStatus, what);
    assert.equal((await raw.status(LIST_TOPICS, request)).code, 0, what);
  }
});

test('requests that are never finished take no more memory than they may; whoever takes most is cut off', async (context) => {
  const { emulator, raw } = await testEmulator(context, { maxArrivingBytes: 20_000_000 });
  const sessions = [0, 1].map(() => connectHttp2(`http://${emulator.address}`));
  context.after(() => {
    for (const session of sessions) session.destroy();
  });
  for (const session of sessions) session.on('error', () => undefined);
  const [greedy, modest] = sessions as [ClientHttp2Session, ClientHttp2Session];
  const small = call(modest, { ':path': `/${PUBLISH}` });
  small.write(message(Buffer.alloc(1_000_000), 0, 9_000_000));
  for (let index = 0; index < 10; index += 1) {
    call(greedy, { ':path': `/${PUBLISH}` }).write(message(Buffer.alloc(8_000_000), 0, 9_000_000));
  }
  await waitFor('the greedy one to be cut off', () => greedy.destroyed);
  assert.equal(modest.destroyed, false);
  assert.equal((await raw.status(LIST_TOPICS, request)).code, 0);
  small.end(Buffer.alloc(8_000_000));
  small.resume();
  await once(small, 'close');
  assert.equal(small.rstCode, constants.NGHTTP2_NO_ERROR);
});

test('answers that nobody takes count, too, those of streams as well as others; whoever leaves most is cut off', async (context) => {
  const { emulator, raw, publisher, subscriber } = await testEmulator(context, { maxArrivingBytes: 20_000_000 });
  const topic = topicName('orders');
  const allowedPersistenceRegions = Array.from({ length: 20_000 }, (_, index) => `region-${index}`);
  await publisher.createTopic({ name: topic, messageStoragePolicy: { allowedPersistenceRegions } });
  const publish = bytesOf(pubsub.PublishRequest, { topic, messages: [{ data: Buffer.alloc(1_000_000) }] });
  const subscriptions = Array.from({ length: 100 }, (_, index) => subscriptionName(`sub-${index}`));
  for (const name of subscriptions) await subscriber.createSubscription({ name, topic });
  assert.equal((await raw.status(PUBLISH, publish)).code, 0);
  const get = message(bytesOf(pubsub.GetTopicRequest, { topic }));
  const open = (subscription: string): Buffer =>
    message(bytesOf(pubsub.StreamingPullRequest, { subscription, streamAckDeadlineSeconds: 10 }));
  const asked: readonly (readonly [string, (stream: ClientHttp2Stream, index: number) => unknown])[] = [
    ['Publisher/GetTopic', (stream) => stream.end(get)],
    ['Subscriber/StreamingPull', (stream, index) => stream.write(open(subscriptions[index] ?? ''))],
  ];
  for (const [method, ask] of asked) {
    // Room for what a stream says first, without which it would not begin to deliver.
    const session = connectHttp2(`http://${emulator.address}`, { settings: { initialWindowSize: 100 } });
    session.on('error', () => undefined);
    context.after(() => session.destroy());
    for (let index = 0; index < 100; index += 1) ask(call(session, { ':path': `/google.pubsub.v1.${method}` }), index);
    await waitFor(`the one that takes no answer of ${method} to be cut off`, () => session.destroyed);
    assert.equal((await raw.status(LIST_TOPICS, request)).code, 0);
  }
});

test('what has been answered counts no more: much can be published, one after the other', async (context) => {
  const { raw, publisher } = await testEmulator(context, { maxArrivingBytes: 3_000_000 });
  await publisher.createTopic({ name: topicName('orders') });
  const publish = bytesOf(pubsub.PublishRequest, {
    topic: topicName('orders'),
    messages: [{ data: Buffer.alloc(1_000_000) }],
  });
  for (let index = 0; index < 20; index += 1) assert.equal((await raw.status(PUBLISH, publish)).code, 0);
});

test('what a stream has said counts no more once it is heard: it can say much, one after the other', async (context) => {
  const { raw, publisher, subscriber } = await testEmulator(context, { maxArrivingBytes: 400_000 });
  const topic = topicName('orders');
  const subscription = subscriptionName('sub');
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  const stream = raw.stream('google.pubsub.v1.Subscriber/StreamingPull');
  let answers = 0;
  let failure: Error | undefined;
  stream.on('data', () => {
    answers += 1;
  });
  stream.on('error', (error) => {
    failure = error;
  });
  const first = { subscription, streamAckDeadlineSeconds: 10, protocolVersion: 1 };
  stream.write(bytesOf(pubsub.StreamingPullRequest, first));
  await waitFor('the stream', () => answers === 1);
  const ackIds = Array.from({ length: 300 }, () => 'x'.repeat(1000));
  for (let round = 2; round < 10; round += 1) {
    stream.write(bytesOf(pubsub.StreamingPullRequest, { ackIds }));
    stream.write(bytesOf(pubsub.StreamingPullRequest, {}));
    await waitFor('an answer', () => answers === round || failure);
    assert.equal(failure, undefined);
  }
  stream.on('error', () => undefined);
  stream.cancel();
});

test('clients that pull and read nothing hold up nobody, and the end waits for them in bounded time', async (context) => {
  const { emulator, publisher, subscriber, raw } = await testEmulator(context, { drainTimeoutMs: 300 });
  const topic = topicName('orders');
  const subscription = subscriptionName('sub');
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  const session = connectHttp2(`http://${emulator.address}`, { settings: { initialWindowSize: 0 } });
  session.on('error', () => undefined);
  context.after(() => session.destroy());
  const first = bytesOf(pubsub.StreamingPullRequest, { subscription, streamAckDeadlineSeconds: 10 });
  const opened = [0, 1, 2].map(() => {
    const stream = call(session, { ':path': '/google.pubsub.v1.Subscriber/StreamingPull' });
    stream.write(message(first));
    return stream;
  });
  await Promise.all(opened.map((stream) => once(stream, 'response')));
  const publish = bytesOf(pubsub.PublishRequest, { topic, messages: [{ data: Buffer.alloc(1_000_000) }] });
  for (let index = 0; index < 20; index += 1) assert.equal((await raw.status(PUBLISH, publish)).code, 0);
  const startedAt = performance.now();
  await emulator[Symbol.asyncDispose]();
  assert.ok(performance.now() - startedAt < 3_000);
});
