import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBroker } from '../testing/broker.ts';
import type { RawClient } from '../testing/raw-client.ts';
import { createTopic, deleteTopic, errorName } from '../testing/requests.ts';

interface Wanted {
  readonly name: string;
  readonly partitions?: number;
  readonly replicas?: number;
  readonly assignments?: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

interface Created {
  readonly name: string;
  readonly error: string;
  readonly message: string | null;
  readonly partitions: number;
}

function create(client: RawClient, wanted: readonly Wanted[], validateOnly = false): Promise<Created[]> {
  return client.request(
    {
      key: 19,
      version: 7,
      flexible: true,
      body(writer) {
        writer.array(wanted, ({ name, partitions = -1, replicas = -1, assignments = [], configs = {} }) => {
          writer.string(name);
          writer.int32(partitions);
          writer.int16(replicas);
          writer.array([...assignments.entries()], ([index, brokers]) => {
            writer.int32(index);
            writer.array(brokers, (broker) => writer.int32(broker));
            writer.tags();
          });
          writer.array(Object.entries(configs), ([key, value]) => {
            writer.string(key);
            writer.nullableString(value);
            writer.tags();
          });
          writer.tags();
        });
        writer.int32(10_000);
        writer.boolean(validateOnly);
        writer.tags();
      },
    },
    (body) => {
      body.int32();
      const topics = body.array(() => {
        const name = body.string();
        body.uuid();
        const result = {
          name,
          error: errorName(body.int16()),
          message: body.nullableString(),
          partitions: body.int32(),
        };
        body.int16();
        body.nullableArray(() => {
          body.string();
          body.nullableString();
          body.boolean();
          body.int8();
          body.boolean();
          body.tags();
        });
        body.tags();
        return result;
      });
      body.tags();
      return topics;
    },
  );
}

// Errors and messages are those of Apache Kafka 4.1.
const refusals: readonly (readonly [Wanted, string, RegExp])[] = [
  [{ name: 'bad name' }, 'INVALID_TOPIC_EXCEPTION', /^Topic name is invalid: 'bad name' contains one or more/],
  [{ name: 'a_b' }, 'INVALID_TOPIC_EXCEPTION', /^Topic 'a_b' collides with existing topic: a\.b$/],
  [{ name: 'a.b' }, 'TOPIC_ALREADY_EXISTS', /^Topic 'a\.b' already exists\.$/],
  [{ name: 't', partitions: 0 }, 'INVALID_PARTITIONS', /invalid non-positive value\.$/],
  [{ name: 't', partitions: 10_001 }, 'POLICY_VIOLATION', /^Excessively large number of partitions/],
  [{ name: 't', replicas: 0 }, 'INVALID_REPLICATION_FACTOR', /larger than 0, or -1/],
  [{ name: 't', replicas: 2 }, 'INVALID_REPLICATION_FACTOR', /only 1 broker\(s\) are registered\.$/],
  [{ name: 't', configs: { foo: '1' } }, 'INVALID_CONFIG', /^Unknown topic config name: foo$/],
  [{ name: 't', partitions: 1, assignments: [[1]] }, 'INVALID_REQUEST', /numPartitions was not set to -1\.$/],
  [{ name: 't', assignments: [[7]] }, 'INVALID_REPLICA_ASSIGNMENT', /includes broker 7, but no such broker/],
];

for (const [wanted, error, message] of refusals) {
  test(`${JSON.stringify(wanted)}: ${error}`, async (context) => {
    const { client } = await testBroker(context);
    await createTopic(client, 'a.b');
    const [result] = await create(client, [wanted]);
    assert.equal(result?.error, error);
    assert.match(result?.message ?? '', message);
  });
}

test('each topic of a request has its own outcome; one named twice is not made', async (context) => {
  const { client } = await testBroker(context, { defaultPartitions: 3 });
  const results = await create(client, [{ name: 'a' }, { name: 'twice' }, { name: '' }, { name: 'twice' }]);
  assert.deepEqual(
    results.map(({ name, error, partitions }) => [name, error, partitions]),
    [
      ['a', 'NONE', 3],
      ['', 'INVALID_TOPIC_EXCEPTION', -1],
      ['twice', 'INVALID_REQUEST', -1],
    ],
  );
  assert.equal(await deleteTopic(client, 'twice'), 'UNKNOWN_TOPIC_OR_PARTITION');
});

test('validation alone makes nothing', async (context) => {
  const { client } = await testBroker(context);
  assert.equal((await create(client, [{ name: 't', partitions: 2 }], true))[0]?.error, 'NONE');
  assert.equal((await createTopic(client, 't')).error, 'NONE');
});

test('many clients that create one topic make one', async (context) => {
  const { connect } = await testBroker(context);
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect()));
  const results = await Promise.all(clients.map((client) => createTopic(client, 't')));
  const errors = results.map(({ error }) => error).sort();
  assert.deepEqual(errors, ['NONE', ...Array.from({ length: 4 }, () => 'TOPIC_ALREADY_EXISTS')]);
});
