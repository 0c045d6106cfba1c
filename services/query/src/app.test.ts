import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerRecord, type Instant, instantFromMs, parseInstant, SluiceError, type Store } from '@sluice/core';
import { listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { openMemoryStore } from '@sluice/store-memory';
import { rawHttp } from '@sluice/testing';
import { Registry } from 'prom-client';
import { queryApp } from './app.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';
const NOW = Date.parse('2026-11-21T10:11:12.345Z');
const log = createLogger({ service: 'query', level: 'fatal', destination: { write: () => {} } });

async function testQuery(store: () => Store) {
  const app = queryApp({ store, log, metrics: new Registry(), now: () => NOW });
  return await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
}

function instant(text: string): Instant {
  const parsed = parseInstant(text);
  assert.ok(parsed.kind === 'instant');
  return parsed.instant;
}

async function storeWith(id: string, eventTimestamp: Instant, createdAt: Instant) {
  const store = openMemoryStore();
  const record: BrokerRecord = {
    topic: 'commands',
    position: { kind: 'message', messageId: '1' },
    timestampMs: 0,
    key: null,
    value: null,
    headers: [],
  };
  const row = { id, eventTimestamp, createdAt, client: 'default' };
  const effects = [{ kind: 'row', table: 'timestamp_records', row }] as const;
  await store.writer.apply({
    group: 'g',
    items: [
      {
        kind: 'effects',
        stream: 'timestamp.command.v1',
        identity: { commandId: id, client: 'default', time: createdAt },
        record,
        effects,
      },
    ],
    advance: null,
  });
  return store;
}

const down = (): never => {
  throw new SluiceError('unavailable', 'PostgreSQL cannot be reached (ECONNREFUSED)');
};

test('a stored command is found by its id, with its times in UTC', async () => {
  const store = await storeWith(ID, instant('2006-01-02T15:04:05+02:00'), instant('2026-11-21T10:00:00.123400Z'));
  await using query = await testQuery(() => store);
  for (const id of [ID, ID.toUpperCase()]) {
    const response = await fetch(`${query.url}/api/v1/timestamp/${id}`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      id: ID,
      command_id: ID,
      event_timestamp: '2006-01-02T13:04:05Z',
      created_at: '2026-11-21T10:00:00.1234Z',
    });
  }
  assert.equal((await fetch(`${query.url}/api/v1/timestamp/${ID}`, { method: 'HEAD' })).status, 200);
  assert.equal((await fetch(`${query.url}/api/v1/timestamp/x`, { method: 'OPTIONS' })).status, 200);
});

test('zeros before the fraction stay', async () => {
  const store = await storeWith(ID, instant('2000-10-10T10:10:00Z'), instantFromMs(10));
  await using query = await testQuery(() => store);
  const body = (await (await fetch(`${query.url}/api/v1/timestamp/${ID}`)).json()) as Record<string, string>;
  assert.equal(body.event_timestamp, '2000-10-10T10:10:00Z');
  assert.equal(body.created_at, '1970-01-01T00:00:00.01Z');
});

test('an unknown id is 404', async () => {
  await using query = await testQuery(() => openMemoryStore());
  const response = await fetch(`${query.url}/api/v1/timestamp/${ID}`);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const body = (await response.json()) as Record<string, string>;
  assert.equal(body.type, 'urn:sluice:problem:not-found');
  assert.equal(body.detail, `no timestamp command with the id ${ID} is stored`);
});

test('what is no UUID is 400, with the members of the old query service', async (t) => {
  await using query = await testQuery(() => openMemoryStore());
  for (const segment of [
    '1',
    '1-1-1-1-1',
    'null',
    '%20',
    '.',
    '%00',
    `${ID}0`,
    ` ${ID}`.replaceAll(' ', '%20'),
    `${ID}%0A`,
    `%7B${ID}%7D`,
    `urn:uuid:${ID}`,
    ID.replaceAll('-', ''),
    ID.replace('e', 'g'),
    `${ID}'--`,
    `${ID}%2F..`,
    '%F0%9F%95%90',
    '٣'.repeat(3).replaceAll('٣', '%D9%A3'),
    'x'.repeat(10_000),
  ]) {
    await t.test(segment.slice(0, 60), async () => {
      const response = await rawHttp(query.port, `GET /api/v1/timestamp/${segment} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.equal(response.status, 400);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      const { type, title, status, detail, timestamp, error, message, path } = JSON.parse(response.body);
      assert.deepEqual([type, title, status], ['urn:sluice:problem:invalid-id', 'Invalid id', 400]);
      assert.match(detail, /^id must be a UUID, got "/);
      assert.ok(detail.length < 150);
      assert.deepEqual([timestamp, error, message], ['2026-11-21T10:11:12.345Z', 'Bad Request', detail]);
      assert.equal(path, `/api/v1/timestamp/${segment}`.slice(0, 200));
    });
  }
});

test('other paths and methods have their answers', async () => {
  await using query = await testQuery(() => openMemoryStore());
  for (const [method, path, status] of [
    ['GET', '/api/v1/timestamp', 404],
    ['GET', '/api/v1/timestamp/', 404],
    ['GET', `/api/v1/timestamp/${ID}/`, 404],
    ['GET', `/API/v1/timestamp/${ID}`, 404],
    ['POST', `/api/v1/timestamp/${ID}`, 405],
    ['DELETE', `/api/v1/timestamp/${ID}`, 405],
    ['GET', '/api/v1/timestamp/%zz', 400],
    ['POST', '/app', 404],
  ] as const) {
    const response = await rawHttp(query.port, `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.equal(response.status, status, `${method} ${path}`);
    assert.equal(response.headers['content-type'], 'application/problem+json');
  }
});

test('a store that is down is 503, to be tried again, and readiness says why', async () => {
  for (const store of [
    down,
    () => {
      const store = openMemoryStore();
      return { ...store, ping: async () => down(), reader: { ...store.reader, timestampById: async () => down() } };
    },
  ]) {
    await using query = await testQuery(store);
    const response = await fetch(`${query.url}/api/v1/timestamp/${ID}`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
    assert.doesNotMatch(await response.text(), /ECONNREFUSED|PostgreSQL/);
    const ready = await fetch(`${query.url}/ready`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /"detail":"store: PostgreSQL cannot be reached \(ECONNREFUSED\)"/);
    assert.equal((await fetch(`${query.url}/health`)).status, 200);
  }
  await using well = await testQuery(() => openMemoryStore());
  assert.equal((await fetch(`${well.url}/ready`)).status, 200);
});
