import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { seededRandom, waitFor } from '@sluice/testing';
import { AnswerBudget } from './answer-budget.ts';
import { ArrivingRequests } from './arriving-requests.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import type { Broker, KafkaApi } from './context.ts';
import type { BrokerEvent } from './events.ts';
import type { Outcome } from './protocol/api.ts';
import { encodeRequest, RawClient } from './testing/raw-client.ts';

interface Served {
  readonly client: RawClient;
  readonly connection: Connection;
  readonly socket: Socket;
  readonly events: BrokerEvent[];
  readonly answerBudget: AnswerBudget;
}

/** One connection to these APIs alone. */
async function serve(context: TestContext, ...apis: KafkaApi[]): Promise<Served> {
  return serveWithin({ maxFrameBytes: 1_000_000 }, context, ...apis);
}

async function serveWithin(limits: ConnectionLimits, context: TestContext, ...apis: KafkaApi[]): Promise<Served> {
  const events: BrokerEvent[] = [];
  const answerBudget = new AnswerBudget(1_000_000);
  const arriving = new ArrivingRequests(100_000_000);
  const broker = { apis, answerBudget, arriving, log: (event: BrokerEvent) => events.push(event) } as unknown as Broker;
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = await RawClient.connect((server.address() as AddressInfo).port);
  const [socket] = (await accepted) as [Socket];
  const connection = new Connection(socket, broker, new Map(apis.map((api) => [api.key, api])), limits);
  context.after(async () => {
    await client[Symbol.asyncDispose]();
    server.close();
  });
  return { client, connection, socket, events, answerBudget };
}

/** An API whose requests are answered when the test says so. */
function manualApi(key: number, overlaps: boolean): { api: KafkaApi; begun: ((outcome: Outcome) => void)[] } {
  const begun: ((outcome: Outcome) => void)[] = [];
  const api: KafkaApi = {
    key,
    name: `api-${key}`,
    versions: [0, 0],
    flexibleFrom: 1,
    overlaps,
    handle: () => new Promise((resolve) => begun.push(resolve)),
  };
  return { api, begun };
}

const answerWith =
  (value: number): Outcome =>
  (writer) =>
    writer.int32(value);

const receive = async (client: RawClient): Promise<number> => (await client.receive()).int32();

test('requests that overlap begin together and are answered in order', async (context) => {
  const { api, begun } = manualApi(0, true);
  const { client } = await serve(context, api);
  for (let each = 0; each < 3; each += 1) client.send({ key: 0, version: 0 });
  await waitFor('three requests', () => begun.length === 3);
  for (const index of [2, 1, 0]) begun[index]?.(answerWith(index));
  assert.deepEqual([await receive(client), await receive(client), await receive(client)], [0, 1, 2]);
});

test('any other request waits until all before it are answered, and holds up what follows', async (context) => {
  const produce = manualApi(0, true);
  const other = manualApi(3, false);
  const { client } = await serve(context, produce.api, other.api);
  for (const key of [0, 3, 0]) client.send({ key, version: 0 });
  await waitFor('the first request', () => produce.begun.length === 1);
  await turn();
  assert.equal(other.begun.length, 0);
  produce.begun[0]?.(answerWith(0));
  await waitFor('the second request', () => other.begun.length === 1);
  await turn();
  assert.equal(produce.begun.length, 1);
  other.begun[0]?.(answerWith(1));
  await waitFor('the third request', () => produce.begun.length === 2);
  produce.begun[1]?.(answerWith(2));
  assert.deepEqual([await receive(client), await receive(client), await receive(client)], [0, 1, 2]);
});

test('a request without response leaves no gap, and none begins beyond the limit', async (context) => {
  const { api, begun } = manualApi(0, true);
  const { client } = await serve(context, api);
  for (let each = 0; each < 200; each += 1) client.send({ key: 0, version: 0, unanswered: each % 2 === 0 });
  await waitFor('the limit', () => begun.length === 64);
  await turn();
  assert.equal(begun.length, 64);
  for (let each = 0; each < 200; each += 1) {
    const settle = await waitFor(`request ${each}`, () => begun[each]);
    settle(each % 2 === 0 ? 'no-response' : answerWith(each));
  }
  for (let each = 1; each < 200; each += 2) assert.equal(await receive(client), each);
});

test('disconnect cuts the connection after what was answered before', async (context) => {
  const { api, begun } = manualApi(0, true);
  const { client } = await serve(context, api);
  for (let each = 0; each < 3; each += 1) client.send({ key: 0, version: 0 });
  await waitFor('three requests', () => begun.length === 3);
  begun[1]?.('disconnect');
  begun[2]?.(answerWith(2));
  begun[0]?.(answerWith(0));
  assert.equal(await receive(client), 0);
  await assert.rejects(receive(client), /closed/);
});

test('frames are understood in slices of a byte and many at a time', async (context) => {
  const api: KafkaApi = {
    key: 0,
    name: 'echo',
    versions: [0, 0],
    flexibleFrom: 1,
    handle: (request) => answerWith(request.int32()),
  };
  const { client } = await serve(context, api);
  const frame = (value: number, id: number) =>
    encodeRequest({ key: 0, version: 0, body: (writer) => writer.int32(value) }, id);
  const expected: number[] = [];
  client.socket.setNoDelay(true);
  for (const byte of frame(7, 1)) {
    client.socket.write(Buffer.from([byte]));
    await turn();
  }
  client.socket.write(Buffer.concat(Array.from({ length: 1000 }, (_, index) => frame(index, index + 2))));
  for (let each = 0; each < 1001; each += 1) {
    const answer = await client.receiveFrame();
    assert.equal(answer.readInt32BE(0), each + 1);
    expected.push(answer.readInt32BE(4));
  }
  assert.deepEqual(expected, [7, ...Array.from({ length: 1000 }, (_, index) => index)]);
});

test('a client that does not read its responses is served no further until it does', async (context) => {
  let handled = 0;
  const body = Buffer.alloc(1_000_000);
  const api: KafkaApi = {
    key: 0,
    name: 'large',
    versions: [0, 0],
    flexibleFrom: 1,
    handle: () => {
      handled += 1;
      return (writer) => writer.records(body);
    },
  };
  const { client, socket } = await serve(context, api);
  client.socket.pause();
  for (let each = 0; each < 100; each += 1) client.send({ key: 0, version: 0 });
  await waitFor('a full buffer', () => socket.writableNeedDrain);
  for (let each = 0; each < 100; each += 1) await turn();
  assert.ok(handled < 30, `${handled} of 100 handled`);
  assert.ok(socket.writableLength < 5_000_000, `${socket.writableLength} bytes wait`);
  client.socket.resume();
  for (let each = 0; each < 100; each += 1) assert.equal((await client.receive()).remaining, 1_000_004);
  assert.equal(handled, 100);
});

/** An API whose answers are as large as the socket and its peer cannot hold. */
const largeAnswers: KafkaApi = {
  key: 0,
  name: 'large',
  versions: [0, 0],
  flexibleFrom: 1,
  handle: (_request, _version, { share }) => {
    share.hold(20_000_000);
    return (writer) => writer.records(Buffer.alloc(20_000_000));
  },
};

test('an answer counts until the client has taken it in', async (context) => {
  const { client, answerBudget, socket } = await serve(context, largeAnswers);
  client.socket.pause();
  client.send({ key: 0, version: 0 });
  await waitFor('a full buffer', () => socket.writableNeedDrain);
  assert.equal(answerBudget.heldBytes, 20_000_000);
  client.socket.resume();
  await client.receive();
  await waitFor('the room', () => answerBudget.heldBytes === 0);
});

test('memory is lent again once the client has taken in what was read into it, and not before', async (context) => {
  const bytes = 15_000_000;
  let memory: Buffer | undefined;
  const { client, answerBudget, socket } = await serve(context, {
    ...largeAnswers,
    handle: (_request, _version, { share }) => {
      memory = share.allocate(bytes).fill(1);
      return (writer) => writer.records(memory ?? Buffer.alloc(0));
    },
  });
  client.socket.pause();
  client.send({ key: 0, version: 0 });
  await waitFor('a full buffer', () => socket.writableNeedDrain);
  assert.notEqual(answerBudget.share().allocate(bytes).buffer, memory?.buffer);
  client.socket.resume();
  await client.receive();
  await waitFor('the memory', () => answerBudget.share().allocate(bytes).buffer === memory?.buffer);
});

test('an answer that will never be taken in counts no more', async (context) => {
  for (const end of [
    (client: RawClient) => client.socket.resetAndDestroy(),
    (client: RawClient) => client.socket.end(),
  ]) {
    const { client, answerBudget, socket } = await serve(context, largeAnswers);
    client.socket.pause();
    client.send({ key: 0, version: 0 });
    await waitFor('a full buffer', () => socket.writableNeedDrain);
    end(client);
    client.socket.destroy();
    await waitFor('the room', () => answerBudget.heldBytes === 0);
  }
});

test('an answer that is not sent counts no more', async (context) => {
  const outcomes: (() => Outcome)[] = [
    () => 'no-response',
    () => 'disconnect',
    () => {
      throw new Error('a fault of ours');
    },
  ];
  for (const outcome of outcomes) {
    let handled = 0;
    const { client, answerBudget } = await serve(context, {
      ...largeAnswers,
      handle: (_request, _version, { share }) => {
        share.hold(20_000_000);
        handled += 1;
        return outcome();
      },
    });
    client.send({ key: 0, version: 0, unanswered: true });
    await waitFor('the request', () => handled === 1);
    assert.equal(answerBudget.heldBytes, 0);
  }
});

test('a client that takes in nothing of its answer is cut off; one that asks for nothing is not', async (context) => {
  const limits = { maxFrameBytes: 1_000_000, unreadTimeoutMs: 50 };
  const idle = await serveWithin(limits, context, largeAnswers);
  const { client, socket, events, answerBudget } = await serveWithin(limits, context, largeAnswers);
  client.socket.pause();
  client.send({ key: 0, version: 0 });
  await waitFor('the end', () => socket.destroyed);
  await waitFor('the room', () => answerBudget.heldBytes === 0);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['answer-unread'],
  );
  idle.client.send({ key: 0, version: 0 });
  assert.equal((await idle.client.receive()).remaining, 20_000_004);
});

test('a handler that fails ends its connection and is told about', async (context) => {
  const failing = (key: number, fail: () => Promise<Outcome>): KafkaApi => ({
    key,
    name: `failing-${key}`,
    versions: [0, 0],
    flexibleFrom: 1,
    handle: fail,
  });
  const error = new Error('a fault of ours');
  for (const fail of [
    () => Promise.reject(error),
    () => {
      throw error;
    },
    () =>
      Promise.resolve(() => {
        throw error;
      }),
  ]) {
    const { client, events } = await serve(context, failing(0, fail));
    client.send({ key: 0, version: 0 });
    await client.closed();
    assert.deepEqual(
      events.map((event) => event.kind === 'request-failed' && event.error),
      [error],
    );
  }
});

const hostile: Readonly<Record<string, Buffer>> = {
  'a negative length': Buffer.from('ffffffff', 'hex'),
  'a length above the limit': Buffer.from('7fffffff0000', 'hex'),
  'an empty frame': Buffer.from('00000000', 'hex'),
  'an unknown API': encodeRequest({ key: 4711, version: 0 }, 1),
  'an unknown version': encodeRequest({ key: 0, version: 99 }, 1),
  'a negative version': encodeRequest({ key: 0, version: -1 }, 1),
  'a body that is too short': encodeRequest({ key: 0, version: 0 }, 1),
  'another protocol': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'a TLS hello': Buffer.from('16030100c8010000c40303', 'hex'),
};

for (const [what, bytes] of Object.entries(hostile)) {
  test(`${what} ends the connection`, async (context) => {
    const api: KafkaApi = {
      key: 0,
      name: 'reads',
      versions: [0, 0],
      flexibleFrom: 1,
      handle: (request) => answerWith(request.int32()),
    };
    const { client, events } = await serve(context, api);
    client.socket.write(bytes);
    await client.closed();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['frame-refused'],
    );
  });
}

test('draining answers what is under way, begins nothing more, and closes', async (context) => {
  const { api, begun } = manualApi(0, false);
  const { client, connection } = await serve(context, api);
  client.send({ key: 0, version: 0 });
  client.send({ key: 0, version: 0 });
  await waitFor('a request', () => begun.length === 1);
  connection.drain();
  begun[0]?.(answerWith(1));
  assert.equal(await receive(client), 1);
  await client.closed();
  assert.equal(begun.length, 1);
});

test('a closed connection tells whoever waits', async (context) => {
  const signals: AbortSignal[] = [];
  const api: KafkaApi = {
    key: 0,
    name: 'waits',
    versions: [0, 0],
    flexibleFrom: 1,
    handle: (_request, _version, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  };
  const { client } = await serve(context, api);
  client.send({ key: 0, version: 0 });
  await waitFor('the request', () => signals.length === 1);
  assert.equal(signals[0]?.aborted, false);
  client.socket.destroy();
  await waitFor('the signal', () => signals[0]?.aborted === true);
});

test('random bytes never do more than end the connection', async (context) => {
  const random = seededRandom();
  context.diagnostic(`TEST_SEED=${random.seed}`);
  const api: KafkaApi = {
    key: 0,
    name: 'reads',
    versions: [0, 3],
    flexibleFrom: 2,
    handle: (request) => {
      const names = request.array(() => request.nullableString());
      request.tags();
      return answerWith(names.length);
    },
  };
  for (let round = 0; round < 50; round += 1) {
    const { client, events } = await serve(context, api);
    const body = Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)));
    const frame = encodeRequest({ key: 0, version: random.below(4), body: (writer) => writer.raw(body) }, 1);
    client.socket.write(frame);
    const outcome = await client.receiveFrame().then(
      () => 'answered',
      () => 'closed',
    );
    assert.ok(events.every(({ kind }) => kind === 'frame-refused'));
    assert.equal(events.length, outcome === 'closed' ? 1 : 0);
    client.socket.destroy();
  }
});
