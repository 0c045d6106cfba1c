import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, seededRandom, temporaryDirectory, waitFor } from '@sluice/testing';
import { embeddedEnvironment } from './environments/embedded.ts';
import { caughtUp, requireExactly } from './pipeline/check.ts';
import { request } from './pipeline/client.ts';
import { Load } from './pipeline/load.ts';
import { isRunning, StartedSluice } from './pipeline/started-sluice.ts';

const CLEAN = { code: 0, signal: null };
const WITHIN_MS = 10_000;

const placeOf = (sluice: StartedSluice) => ({
  brokerKind: 'kafka' as const,
  brokerAddress: sluice.address('kafka'),
  databaseUrl: sluice.address('postgres'),
  topic: 'timestamp.command.v1',
  group: 'timestamp-consumer-service',
});

async function lookUp(sluice: StartedSluice, id: string): Promise<Readonly<Record<string, unknown>>> {
  return await waitFor('the record', async () => {
    const { status, json } = await request('GET', `${sluice.address('query')}/api/v1/timestamp/${id}`);
    return status === 200 && json;
  });
}

test('the pipeline of sluice start keeps its data from one start to the next', async (t) => {
  await using folder = await temporaryDirectory();
  const data = join(folder.path, 'data');
  let id = '';

  await t.test('it comes up, and what it prints puts an event in and gets it out', async () => {
    await using sluice = await StartedSluice.ready(data);
    const printed = sluice.child.output();
    const [, post] = /curl -s -X POST (\S+)/.exec(printed) ?? [];
    const [, get] = /curl .* (http:\/\/\S+)\$id/.exec(printed) ?? [];
    assert.ok(post && get, printed);
    const answer = await request('POST', post);
    assert.equal(answer.status, 200);
    id = String(answer.json.id);
    const record = await waitFor('the record', async () => {
      const found = await request('GET', `${get}${id}`);
      return found.status === 200 && found.json;
    });
    assert.equal(Date.parse(String(record.event_timestamp)), Date.parse(decodeURIComponent(post.slice(-25))));
    assert.match(String(record.created_at), /Z$/);
    assert.deepEqual(await sluice.stop(), CLEAN);
    assert.match(sluice.child.output(), /sluice: stopped\n$/);
  });

  await t.test('clients of the old systems write and read at one address', async () => {
    await using sluice = await StartedSluice.ready(data);
    const gateway = sluice.address('gateway');
    const { status, json } = await request('POST', `${gateway}/app`);
    assert.equal(status, 200);
    await waitFor('the record', async () => {
      return (await request('GET', `${gateway}/api/v1/timestamp/${String(json.id)}`)).status === 200;
    });
    assert.match(sluice.child.output(), /^ {2}gateway .* one address for clients of the old systems$/m);
    assert.deepEqual(await sluice.stop(), CLEAN);
  });

  await t.test('a second start goes on with the data; a third beside it refuses', async () => {
    await using sluice = await StartedSluice.ready(data);
    await lookUp(sluice, id);
    await using other = new StartedSluice(data);
    assert.deepEqual(await other.child.exited, { code: 1, signal: null });
    assert.match(other.child.output(), /is in use by another `sluice start` \(process \d+\).*SLUICE_DATA_DIR/);
    assert.ok(other.child.output().includes(`process ${sluice.child.pid}`));
    await lookUp(sluice, id);
  });

  await t.test('a part that is killed is named, and the rest ends', async () => {
    await using sluice = await StartedSluice.ready(data);
    const { pids } = sluice;
    assert.deepEqual([...pids.keys()], ['kafka', 'postgres', 'ingest', 'consumer', 'query', 'gateway']);
    process.kill(pids.get('query') ?? 0, 'SIGKILL');
    assert.deepEqual(await sluice.child.exited, { code: 1, signal: null });
    assert.match(sluice.child.output(), /sluice: query ended by itself \(killed by SIGKILL\)/);
    assert.deepEqual([...pids.values()].filter(isRunning), []);
  });

  await t.test('when PostgreSQL itself is killed, that is named too', async () => {
    await using sluice = await StartedSluice.ready(data);
    process.kill(sluice.postmaster(), 'SIGKILL');
    assert.deepEqual(await sluice.child.exited, { code: 1, signal: null });
    assert.match(
      sluice.child.output(),
      /postgres ended by itself \(exit code 1\).*PostgreSQL ended by itself \(SIGKILL\)/s,
    );
  });

  await t.test(
    'when the keeper of PostgreSQL is killed, the rest ends, PostgreSQL too, and the next start goes on',
    async () => {
      const ports = { POSTGRES_PORT: String(await freePort()) };
      await using sluice = await StartedSluice.ready(data, ports);
      const pids = [...sluice.pids.values(), sluice.postmaster()];
      process.kill(sluice.pids.get('postgres') ?? 0, 'SIGKILL');
      assert.deepEqual(await sluice.child.exited, { code: 1, signal: null });
      assert.deepEqual(pids.filter(isRunning), []);
      await using again = await StartedSluice.ready(data, ports);
      await lookUp(again, id);
      assert.deepEqual(await again.stop(), CLEAN);
    },
  );

  await t.test(
    'kill -9 of every Node leaves PostgreSQL alone, and the next start ends it before it takes its port',
    async () => {
      const ports = { POSTGRES_PORT: String(await freePort()) };
      const sluice = await StartedSluice.ready(data, ports);
      const postmaster = sluice.postmaster();
      sluice.child.kill('SIGKILL');
      for (const pid of sluice.pids.values()) process.kill(pid, 'SIGKILL');
      await sluice.child.exited;
      assert.ok(isRunning(postmaster));
      await using again = await StartedSluice.ready(data, ports);
      assert.ok(!isRunning(postmaster));
      await lookUp(again, id);
      assert.deepEqual(await again.stop(), CLEAN);
    },
  );

  await t.test('kill -9 of the supervisor leaves nobody behind, and the next start goes on', async () => {
    const sluice = await StartedSluice.ready(data);
    const pids = [...sluice.pids.values(), sluice.postmaster()];
    sluice.child.kill('SIGKILL');
    await using again = await StartedSluice.ready(data);
    assert.deepEqual(pids.filter(isRunning), []);
    await lookUp(again, id);
    assert.deepEqual(await again.stop(), CLEAN);
  });
});

test('with BROKER=pubsub the pipeline runs on Pub/Sub, and keeps its data from one start to the next', async () => {
  await using folder = await temporaryDirectory();
  const env = { BROKER: 'pubsub' };
  let id = '';
  {
    await using sluice = await StartedSluice.ready(folder.path, env);
    assert.deepEqual([...sluice.pids.keys()], ['pubsub', 'postgres', 'ingest', 'consumer', 'query', 'gateway']);
    assert.match(sluice.child.output(), /^ {2}pubsub .* Google Pub\/Sub, .*PUBSUB_EMULATOR_HOST$/m);
    id = String((await request('POST', `${sluice.address('gateway')}/app`)).json.id);
    await lookUp(sluice, id);
    assert.deepEqual(await sluice.stop(), CLEAN);
  }
  const database = join(folder.path, 'postgres');
  rmSync(database, { recursive: true });
  await using again = await StartedSluice.ready(folder.path, { ...env, KAFKA_GROUP_ID: 'another' });
  await lookUp(again, id);
  process.kill(again.pids.get('pubsub') ?? 0, 'SIGKILL');
  assert.deepEqual(await again.child.exited, { code: 1, signal: null });
  assert.match(again.child.output(), /sluice: pubsub ended by itself \(killed by SIGKILL\)/);
});

const random = seededRandom();
test(`Ctrl-C under load ends everything in order and loses nothing, TEST_SEED=${random.seed}`, async () => {
  await using folder = await temporaryDirectory();
  const ports = { INGEST_PORT: String(await freePort()) };
  const sluice = await StartedSluice.ready(folder.path, ports);
  await using load = new Load({ targets: [sluice.address('ingest')], random, senders: 32 });
  load.start();
  await load.acknowledges(500);
  const askedAt = performance.now();
  // The terminal signals the whole group, and npm, a member of it, passes the signal on.
  sluice.child.signalGroup('SIGINT');
  sluice.child.kill('SIGINT');
  assert.deepEqual(await sluice.child.exited, CLEAN, sluice.child.output());
  assert.ok(performance.now() - askedAt < WITHIN_MS, `took ${performance.now() - askedAt} ms`);
  await using again = await StartedSluice.ready(folder.path, ports);
  await load.acknowledges(50);
  await load.stop();
  await load.settle();
  await caughtUp(placeOf(again));
  await requireExactly(placeOf(again), load.ledger);
});

test('servers of the user’s own are used, and not started', async () => {
  await using folder = await temporaryDirectory();
  await using environment = await embeddedEnvironment();
  const databaseUrl = await environment.createDatabase();
  const given = { KAFKA_BROKER: environment.brokerAddress, DATABASE_URL: databaseUrl };
  await using sluice = await StartedSluice.ready(folder.path, given);
  assert.deepEqual([...sluice.pids.keys()], ['ingest', 'consumer', 'query', 'gateway']);
  const { json } = await request('POST', `${sluice.address('ingest')}/app`);
  await lookUp(sluice, String(json.id));
  const group = 'timestamp-consumer-service';
  const { brokerKind, brokerAddress } = environment;
  await caughtUp({ brokerKind, brokerAddress, databaseUrl, topic: 'timestamp.command.v1', group });
});

test('taken ports are named with the part and the variable; wrong settings all at once with 78', async () => {
  await using folder = await temporaryDirectory();
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using taken = new StartedSluice(folder.path, { GATEWAY_PORT: String(port) });
  assert.deepEqual(await taken.child.exited, { code: 1, signal: null });
  assert.match(taken.child.output(), new RegExp(`port ${port} is taken .*gateway.*GATEWAY_PORT`));

  await using own = new StartedSluice(folder.path, { QUERY_PORT: 'x', LOG_LEVEL: 'loud' });
  assert.deepEqual(await own.child.exited, { code: 78, signal: null });
  assert.match(own.child.output(), /QUERY_PORT must .*"x"\n *LOG_LEVEL must .*"loud"/);

  const ofParts = { KAFKA_PUBLISH_TOPIC: 'a b', KAFKA_CONSUMER_TOPIC: 'c d', KAFKA_GROUP_ID: 'e f' };
  await using parts = new StartedSluice(folder.path, ofParts);
  assert.deepEqual(await parts.child.exited, { code: 78, signal: null });
  for (const name of Object.keys(ofParts)) assert.match(parts.child.output(), new RegExp(`${name} must `));

  const ofPubSub = {
    PROJECT_ID: 'a/b',
    TOPIC_ID: 'x',
    SUBSCRIPTION_ID: '1',
    GOOGLE_APPLICATION_CREDENTIALS: folder.path,
  };
  await using pubsub = new StartedSluice(folder.path, { BROKER: 'pubsub', ...ofPubSub });
  assert.deepEqual(await pubsub.child.exited, { code: 78, signal: null });
  for (const name of Object.keys(ofPubSub)) assert.match(pubsub.child.output(), new RegExp(`${name} must `));
});
