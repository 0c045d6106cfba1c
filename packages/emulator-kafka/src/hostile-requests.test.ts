import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrokerEvent } from './events.ts';
import type { Writer } from './protocol/writer.ts';
import { buildBatch } from './testing/batches.ts';
import { testBroker } from './testing/broker.ts';
import type { RawClient } from './testing/raw-client.ts';
import { createTopic, errorName, fetch, listOffset, produce, receiveFetched, sendFetch } from './testing/requests.ts';

/*
 * Well-formed requests that would cost the broker far more than their sender.
 */

const times = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

test('a request of more elements than any client has is refused, and named', async (context) => {
  const events: BrokerEvent[] = [];
  const { client, connect } = await testBroker(context, { onEvent: (event) => events.push(event) });
  const hostile = await connect();
  hostile.send({
    key: 3,
    version: 4,
    body(writer) {
      writer.array(times(100_001), () => writer.string(''));
      writer.boolean(false);
    },
  });
  await hostile.closed();
  assert.deepEqual(
    events.map((event) => event.kind === 'frame-refused' && event.reason.replace(/\d{6,} bytes/, 'N bytes')),
    ['array at byte 13 has 100001 elements, N bytes are left, 100000 more are allowed'],
  );
  assert.equal((await createTopic(client, 't')).error, 'NONE');
});

function describeConfigs(client: RawClient, resources: number): void {
  client.send({
    key: 32,
    version: 1,
    body(writer) {
      writer.array(times(resources), () => {
        writer.int8(2);
        writer.string('t');
        writer.int32(-1);
      });
      writer.boolean(true);
    },
  });
}

test('an answer that would be far larger than any client asks for ends the connection', async (context) => {
  const events: BrokerEvent[] = [];
  const { client, connect } = await testBroker(context, { onEvent: (event) => events.push(event) });
  await createTopic(client, 't');
  const hostile = await connect();
  describeConfigs(hostile, 50_000);
  await hostile.closed();
  assert.deepEqual(
    events.map((event) => event.kind === 'frame-refused' && event.reason),
    ['its answer would have more than 33554432 bytes'],
  );
  describeConfigs(client, 100);
  assert.ok((await client.receive()).remaining > 100_000);
});

test('a partition that a fetch names twice is read once', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't');
  await produce(client, 't', buildBatch());
  sendFetch(client, 't', { partitions: [0, 0, 0] });
  assert.equal((await receiveFetched(client)).length, 1);
  assert.ok((await fetch(client, 't')).records.length > 0);
});

test('a partition whose offset is asked for twice is refused, as by Apache Kafka', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 't', 2);
  const errors = await client.request(
    {
      key: 2,
      version: 1,
      body(writer) {
        writer.int32(-1);
        writer.array(['t'], (name) => {
          writer.string(name);
          writer.array([0, 1, 0], (index) => {
            writer.int32(index);
            writer.int64(-1);
          });
        });
      },
    },
    (body) =>
      body.array(() => {
        body.string();
        return body.array(() => {
          body.int32();
          const error = errorName(body.int16());
          body.int64();
          body.int64();
          return error;
        });
      })[0],
  );
  assert.deepEqual(errors, ['INVALID_REQUEST', 'NONE', 'INVALID_REQUEST']);
  assert.equal((await listOffset(client, 't', -1)).error, 'NONE');
});

const alterations = {
  AlterConfigs: { key: 33, config: (writer: Writer) => writer.string('60000') },
  IncrementalAlterConfigs: {
    key: 44,
    config(writer: Writer) {
      writer.int8(0);
      writer.string('60000');
    },
  },
};

for (const [name, { key, config }] of Object.entries(alterations)) {
  test(`${name}: a resource that is named twice is refused, as by Apache Kafka, and changes nothing`, async (context) => {
    const { client } = await testBroker(context);
    await createTopic(client, 't');
    await createTopic(client, 'other');
    const results = await client.request(
      {
        key,
        version: 0,
        body(writer) {
          writer.array(['t', 'other', 't'], (topic) => {
            writer.int8(2);
            writer.string(topic);
            writer.array(['retention.ms'], (setting) => {
              writer.string(setting);
              config(writer);
            });
          });
          writer.boolean(false);
        },
      },
      (body) => {
        body.int32();
        return body.array(() => {
          const result = [errorName(body.int16()), body.nullableString()];
          body.int8();
          body.string();
          return result;
        });
      },
    );
    const refused = ['INVALID_REQUEST', 'Each resource must appear at most once.'];
    assert.deepEqual(results, [refused, ['NONE', null], refused]);
  });
}
