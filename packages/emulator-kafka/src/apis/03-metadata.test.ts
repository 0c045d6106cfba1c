import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBroker } from '../testing/broker.ts';
import type { RawClient } from '../testing/raw-client.ts';
import { createTopic, errorName } from '../testing/requests.ts';

/** Version 4: name and error of each topic, and how many partitions it has. */
function metadata(client: RawClient, topics: readonly string[] | null, mayCreate: boolean): Promise<string[]> {
  return client.request(
    {
      key: 3,
      version: 4,
      body(writer) {
        writer.nullableArray(topics, (name) => writer.string(name));
        writer.boolean(mayCreate);
      },
    },
    (body) => {
      body.int32();
      body.array(() => [body.int32(), body.string(), body.int32(), body.nullableString()]);
      body.nullableString();
      body.int32();
      return body.array(() => {
        const error = errorName(body.int16());
        const name = body.string();
        body.boolean();
        const ints = () => body.array(() => body.int32());
        const partitions = body.array(() => [body.int16(), body.int32(), body.int32(), ints(), ints()]);
        return `${name} ${error} ${partitions.length}`;
      });
    },
  );
}

test('null means all topics, an empty list none', async (context) => {
  const { client } = await testBroker(context);
  await createTopic(client, 'a', 2);
  await createTopic(client, 'b');
  assert.deepEqual(await metadata(client, null, true), ['a NONE 2', 'b NONE 1']);
  assert.deepEqual(await metadata(client, [], true), []);
  assert.deepEqual(await metadata(client, ['b', 'b'], true), ['b NONE 1']);
});

test('a topic comes into being where client and broker allow it', async (context) => {
  const { client } = await testBroker(context, { defaultPartitions: 3 });
  assert.deepEqual(await metadata(client, ['t'], false), ['t UNKNOWN_TOPIC_OR_PARTITION 0']);
  assert.deepEqual(await metadata(client, ['t'], true), ['t NONE 3']);
  assert.deepEqual(await metadata(client, ['bad name'], true), ['bad name INVALID_TOPIC_EXCEPTION 0']);
  await createTopic(client, 'a.b');
  assert.deepEqual(await metadata(client, ['a_b'], true), ['a_b UNKNOWN_TOPIC_OR_PARTITION 0']);
});

test('the broker may forbid it', async (context) => {
  const { client } = await testBroker(context, { autoCreateTopics: false });
  assert.deepEqual(await metadata(client, ['t'], true), ['t UNKNOWN_TOPIC_OR_PARTITION 0']);
});

test('many clients that ask for a new topic make one', async (context) => {
  const { connect } = await testBroker(context);
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect()));
  const answers = await Promise.all(clients.map((client) => metadata(client, ['t'], true)));
  for (const answer of answers) assert.deepEqual(answer, ['t NONE 1']);
});
