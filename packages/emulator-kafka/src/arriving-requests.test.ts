import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import { ArrivingRequests } from './arriving-requests.ts';
import type { BrokerEvent } from './events.ts';
import { buildBatch } from './testing/batches.ts';
import { testBroker } from './testing/broker.ts';
import { createTopic, produce, sendFetch, sendProduce } from './testing/requests.ts';

const sender = () => {
  const reasons: string[] = [];
  return { reasons, cut: (reason: string) => void reasons.push(reason) };
};

test('whoever takes most is cut off, until the rest has room', () => {
  const arriving = new ArrivingRequests(100);
  const [small, large, larger] = [sender(), sender(), sender()];
  arriving.hold(larger, 55);
  arriving.hold(large, 45);
  assert.deepEqual(larger.reasons, []);
  arriving.hold(small, 1);
  assert.deepEqual(larger.reasons, ['its request takes 55 bytes so far, and all that arrive take more than 100']);
  arriving.hold(small, 55);
  assert.deepEqual([small.reasons, large.reasons], [[], []]);
  arriving.hold(large, 0);
  arriving.hold(small, 100);
  assert.deepEqual([small.reasons, large.reasons], [[], []]);
});

test('requests that are begun and never finished do not take the memory', async (context) => {
  const events: BrokerEvent[] = [];
  const options = { maxArrivingBytes: 10_000_000, onEvent: (event: BrokerEvent) => events.push(event) };
  const { client, connect } = await testBroker(context, options);
  await createTopic(client, 't');
  const hostile = await Promise.all(Array.from({ length: 5 }, connect));
  const length = Buffer.alloc(4);
  length.writeInt32BE(50_000_000);
  for (const { socket } of hostile) {
    socket.write(length);
    socket.write(Buffer.alloc(3_000_000));
  }
  await waitFor('the end of the largest', () => hostile.filter(({ isClosed }) => isClosed).length >= 2);
  assert.match(events[0]?.kind === 'frame-refused' ? events[0].reason : '', /all that arrive take more than 10000000/);
  assert.equal((await produce(client, 't', buildBatch({ values: ['x'.repeat(900_000)] }))).error, 'NONE');
  // What is over, in whatever way, takes no room.
  for (const each of hostile) await each[Symbol.asyncDispose]();
  const { length: told } = events;
  const large = buildBatch({ values: ['x'.repeat(9_000_000)] });
  for (let each = 0; each < 3; each += 1) assert.equal((await produce(client, 't', large)).error, 'MESSAGE_TOO_LARGE');
  assert.equal(events.length, told);
});

test('a request that waits for an earlier one counts as well', async (context) => {
  const events: BrokerEvent[] = [];
  const options = { maxArrivingBytes: 10_000_000, onEvent: (event: BrokerEvent) => events.push(event) };
  const { client, connect } = await testBroker(context, options);
  await createTopic(client, 't');
  const hostile = await Promise.all(Array.from({ length: 5 }, connect));
  for (const each of hostile) {
    sendFetch(each, 't', { maxWaitMs: 3_600_000 });
    sendProduce(each, 't', buildBatch({ values: ['x'.repeat(3_000_000)] }));
  }
  await waitFor('the end of some', () => hostile.filter(({ isClosed }) => isClosed).length >= 2);
  assert.equal(hostile.filter(({ isClosed }) => isClosed).length, 2);
});
