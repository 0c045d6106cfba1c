import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { type CommandOutcome, SluiceError, type Store } from '@sluice/core';
import { openMemoryStore } from '@sluice/store-memory';
import { waitFor } from '@sluice/testing';
import { apply, clientEvent, control, deadLetter, markOf, registration } from '../testing/items.ts';
import { testQuery } from '../testing/query.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';
const down = () => new SluiceError('unavailable', 'PostgreSQL cannot be reached (ECONNREFUSED)');

/** A memory store with a watch of the test's own. */
function watched(outcome: (id: string, signal: AbortSignal) => Promise<CommandOutcome | undefined>): Store {
  const store = openMemoryStore();
  return { ...store, watch: { ...store.watch, outcome } };
}

/** Waits until it is told to end, and counts who does. */
function waiters() {
  let count = 0;
  const store = watched(async (_, signal) => {
    count++;
    if (!signal.aborted) await once(signal, 'abort');
    count--;
    return undefined;
  });
  return { store, count: () => count };
}

describe('GET /api/v1/commands/{id}', () => {
  test('a projected command is told with where it lies', async () => {
    const store = openMemoryStore();
    await apply(store, clientEvent({ id: ID, at: '2026-01-02T15:04:05.120Z' }));
    await using query = await testQuery(() => store);
    for (const id of [ID, ID.toUpperCase()]) {
      const { status, body } = await query.get(`/api/v1/commands/${id}`);
      assert.equal(status, 200);
      const { position, ...about } = body;
      assert.deepEqual(about, {
        id: ID,
        status: 'projected',
        stream: 'SpongeBob.Fruits',
        client: 'SpongeBob',
        created_at: '2026-01-02T15:04:05.12Z',
      });
      assert.deepEqual([position.topic, position.partition, typeof position.offset], ['SpongeBob.Fruits', 0, 'number']);
    }
  });

  test('a rejected command is told with why', async () => {
    const store = openMemoryStore();
    await apply(store, registration(randomUUID(), 'A', 'B'), registration(ID, 'A', 'B'));
    await using query = await testQuery(() => store);
    const { status, body } = await query.get(`/api/v1/commands/${ID}`);
    assert.deepEqual([status, body.status, body.stream], [200, 'rejected', 'sluice.control.v1']);
    assert.match(body.detail, /^stream A\.B must be /);
    assert.ok(!('reason' in body));
  });

  test('a dead-lettered command is told with reason, detail and state, on a broker of message ids too', async () => {
    const store = openMemoryStore();
    const item = deadLetter({ id: ID, position: { kind: 'message', messageId: '4711' } });
    await apply(store, item);
    await using query = await testQuery(() => store);
    const { body } = await query.get(`/api/v1/commands/${ID}`);
    assert.deepEqual(body.position, { topic: 'SpongeBob.Fruits', message_id: '4711' });
    const { status, reason, detail, state } = body;
    assert.deepEqual(
      [status, reason, detail, state],
      ['dead-lettered', 'schema-violation', '/fruit must be string, got 1', 'kept'],
    );
    await apply(store, control(randomUUID(), { kind: 'discard', deadLetters: [markOf(item)] }));
    assert.equal((await query.get(`/api/v1/commands/${ID}`)).body.state, 'discarded');
  });

  test('an unknown command is 404 at once', async () => {
    await using query = await testQuery(() => watched(() => assert.fail('nobody is to wait')));
    for (const path of [ID, `${ID}?wait=0s`, `${ID}?wait=0ms`]) {
      const { status, body } = await query.get(`/api/v1/commands/${path}`);
      assert.deepEqual([status, body.type], [404, 'urn:sluice:problem:not-found']);
      assert.match(body.detail, new RegExp(ID));
    }
  });

  test('what is no UUID is 400', async () => {
    await using query = await testQuery(() => openMemoryStore());
    for (const id of ['1', 'null', `${ID}0`, '%00', `%7B${ID}%7D`, ID.replaceAll('-', ''), 'x'.repeat(5_000)]) {
      const { status, body } = await query.get(`/api/v1/commands/${id}?wait=5s`);
      assert.deepEqual([status, body.type], [400, 'urn:sluice:problem:invalid-id'], id);
      assert.match(body.detail, /^id must be a UUID, got "/);
    }
  });

  test('a store that is down is 503, and nothing of its driver is shown', async () => {
    const store = openMemoryStore();
    const failing = { ...store.reader, outcomes: async () => Promise.reject(down()) };
    for (const [open, path] of [
      [() => ({ ...store, reader: failing }), ID],
      [() => watched(async () => Promise.reject(down())), `${ID}?wait=5s`],
      [
        () => {
          throw down();
        },
        `${ID}?wait=5s`,
      ],
    ] as const) {
      await using query = await testQuery(open);
      const { status, headers, text } = await query.get(`/api/v1/commands/${path}`);
      assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
      assert.doesNotMatch(text, /ECONNREFUSED|PostgreSQL/);
    }
  });
});

describe('?wait', { timeout: 30_000 }, () => {
  test('holds the answer until there is an outcome', async () => {
    const store = openMemoryStore();
    await using query = await testQuery(() => store);
    const waiting = query.get(`/api/v1/commands/${ID.toUpperCase()}?wait=60s`);
    await waitFor('the request to wait', () => store.tables.watchers.size > 0);
    await apply(store, clientEvent({ id: randomUUID() }));
    await apply(store, clientEvent({ id: ID }));
    const { status, body } = await waiting;
    assert.deepEqual([status, body.id, body.status], [200, ID, 'projected']);
    assert.equal(store.tables.watchers.size, 0);
  });

  test('answers at once where there is one', async () => {
    const store = openMemoryStore();
    await apply(store, clientEvent({ id: ID }));
    await using query = await testQuery(() => store);
    assert.equal((await query.get(`/api/v1/commands/${ID}?wait=60s`)).status, 200);
  });

  test('ends with 404 when its time is over, and not before', async () => {
    const store = openMemoryStore();
    await using query = await testQuery(() => store);
    const startedAt = performance.now();
    const { status, body } = await query.get(`/api/v1/commands/${ID}?wait=300ms`);
    const tookMs = performance.now() - startedAt;
    assert.equal(status, 404);
    assert.match(body.detail, /within 300 ms/);
    assert.ok(tookMs >= 299, `${tookMs} ms`);
    assert.equal(store.tables.watchers.size, 0);
  });

  test('must be a bounded time in seconds or milliseconds', async () => {
    await using query = await testQuery(() => watched(() => assert.fail('nobody is to wait')));
    for (const wait of [
      '',
      '5',
      's',
      '5m',
      '1.5s',
      '-1s',
      '%2B5s',
      '61s',
      '60001ms',
      '999999s',
      '1e3ms',
      '5s%20',
      '٥s',
    ]) {
      const { status, body } = await query.get(`/api/v1/commands/${ID}?wait=${encodeURI(wait).replaceAll('%25', '%')}`);
      assert.deepEqual([status, body.type], [400, 'urn:sluice:problem:invalid-parameter'], wait);
      assert.match(body.detail, /^query parameter wait must be .* at most 60s, got "/);
    }
    assert.equal((await query.get(`/api/v1/commands/${ID}?wait=1s&wait=2s`)).status, 400);
  });

  test('is 429 where too many wait already', async () => {
    const full = watched(async () => Promise.reject(new SluiceError('overloaded', 'at most 1000 may wait')));
    await using query = await testQuery(() => full);
    const { status, headers, body } = await query.get(`/api/v1/commands/${ID}?wait=5s`);
    assert.deepEqual(
      [status, headers.get('retry-after'), body.type],
      [429, '1', 'urn:sluice:problem:too-many-requests'],
    );
  });

  test('ends with the client that goes away', async () => {
    const { store, count } = waiters();
    await using query = await testQuery(() => store);
    const client = new AbortController();
    const request = query.get(`/api/v1/commands/${ID}?wait=60s`, { signal: client.signal });
    await waitFor('the request to wait', () => count() === 1);
    client.abort();
    await assert.rejects(request, { name: 'AbortError' });
    await waitFor('the wait to end', () => count() === 0);
  });

  test('ends with 503 when the service ends, which it does not keep waiting', async () => {
    const { store, count } = waiters();
    const ending = new AbortController();
    await using query = await testQuery(() => store, ending.signal);
    const waiting = query.get(`/api/v1/commands/${ID}?wait=60s`);
    await waitFor('the request to wait', () => count() === 1);
    ending.abort();
    const { status, body } = await waiting;
    assert.equal(status, 503);
    assert.match(body.detail, /shutting down/);
    assert.equal((await query.get(`/api/v1/commands/${ID}?wait=60s`)).status, 503);
  });
});
