import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '@sluice/durable-log';
import type { BrokerEvent } from './events.ts';
import { testBroker } from './testing/broker.ts';

test('a client that sends rubbish in a loop does not flood the log', async (context) => {
  const clock = new ManualClock();
  const events: BrokerEvent[] = [];
  const { connect } = await testBroker(context, { clock, onEvent: (event) => events.push(event) });
  for (let each = 0; each < 50; each += 1) {
    const client = await connect();
    client.socket.write('GET / HTTP/1.1\r\n\r\n');
    await client.closed();
  }
  await turn();
  clock.advance(1000);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    [...Array.from({ length: 5 }, () => 'frame-refused'), 'left-out'],
  );
});
