import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { PubSub } from '@google-cloud/pubsub';
import { startPubSubEmulator } from '../server.ts';

const NAME = 'projects/deadlines/subscriptions/quiet';
/** A pull of one message, in a frame of gRPC. */
const PULL = Buffer.from(`\x0a${String.fromCharCode(NAME.length)}${NAME}\x18\x01`);
const REQUEST = Buffer.concat([Buffer.from([0, 0, 0, 0, PULL.length]), PULL]);

/** The client for Node leaves such deadlines out, so the header is written by hand. */
async function statusWithin(address: string, timeout: string): Promise<string> {
  const session = connect(`http://${address}`);
  try {
    const call = session.request({
      ':method': 'POST',
      ':path': '/google.pubsub.v1.Subscriber/Pull',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': timeout,
    });
    const headers = once(call, 'response') as Promise<[IncomingHttpHeaders]>;
    const trailers = once(call, 'trailers') as Promise<[IncomingHttpHeaders]>;
    trailers.catch(() => {});
    call.resume().end(REQUEST);
    // A refusal is in the headers alone.
    const [{ 'grpc-status': refused }] = await headers;
    return String(refused ?? (await trailers)[0]['grpc-status']);
  } finally {
    session.close();
  }
}

/** In 32 bits some of these are in the past, some are at once, some are late: Python's publisher sends the last but one. */
for (const timeout of [
  '10S',
  '599H',
  '2147483S',
  '2147484S',
  '35791395M',
  '4294968S',
  '1193H',
  '1193046H',
  '99999999H',
]) {
  test(`a call with a grpc-timeout of ${timeout} is answered`, async () => {
    await using emulator = await startPubSubEmulator({ pullWaitMs: 100 });
    const client = new PubSub({ projectId: 'deadlines', apiEndpoint: emulator.address, emulatorMode: true });
    const [topic] = await client.createTopic('silent');
    await topic.createSubscription('quiet');
    await client.close();
    assert.equal(await statusWithin(emulator.address, timeout), '0');
  });
}
