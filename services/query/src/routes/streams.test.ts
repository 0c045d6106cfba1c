import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { openMemoryStore } from '@sluice/store-memory';
import { apply, clientEvent, type EventOptions, registration } from '../testing/items.ts';
import { testQuery } from '../testing/query.ts';

const FRUITS = '/api/v1/streams/SpongeBob/Fruits';

async function storeWith(...events: readonly Partial<EventOptions>[]) {
  const store = openMemoryStore();
  const all = events.map((event) => ({ id: randomUUID(), ...event }));
  await apply(store, registration(randomUUID(), 'SpongeBob', 'Fruits'), ...all.map(clientEvent));
  return { store, ids: all.map(({ id }) => id) };
}

const idsOf = (body: { readonly events: readonly { readonly id: string }[] }) => body.events.map(({ id }) => id);

describe('GET /api/v1/streams/{client}/{event}', () => {
  test('lists the stored events, newest first, with their data as it is stored', async () => {
    const data = '{"a": 1.50, "b": [1e2, "\\u00e9"], "c": 12345678901234567890}';
    const { store, ids } = await storeWith(
      { at: '2026-01-01T00:00:00Z', data: '1', version: 2 },
      { at: '2026-01-02T00:00:00.25Z', data },
    );
    await using query = await testQuery(() => store);
    const { status, body, text } = await query.get(FRUITS);
    assert.equal(status, 200);
    assert.deepEqual(body.events, [
      { id: ids[1], schema_version: 1, created_at: '2026-01-02T00:00:00.25Z', data: JSON.parse(data) },
      { id: ids[0], schema_version: 2, created_at: '2026-01-01T00:00:00Z', data: 1 },
    ]);
    assert.equal(body.next, null);
    assert.ok(text.includes(data), text);
  });

  test('lists nothing of another client, or of another event', async () => {
    const { store, ids } = await storeWith({}, { client: 'Patrick' }, { event: 'Colors' });
    await using query = await testQuery(() => store);
    assert.deepEqual(idsOf((await query.get(FRUITS)).body), [ids[0]]);
  });

  test('lists from a time on, and before another', async () => {
    const { store, ids } = await storeWith(
      { at: '2026-01-01T00:00:00Z' },
      { at: '2026-01-02T00:00:00Z' },
      { at: '2026-01-03T00:00:00Z' },
    );
    await using query = await testQuery(() => store);
    for (const [range, expected] of [
      ['from=2026-01-02T00:00:00Z', [ids[2], ids[1]]],
      ['to=2026-01-02T00:00:00Z', [ids[0]]],
      ['from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z', [ids[1]]],
      ['from=2026-01-02T02:00:00%2B02:00&to=2026-01-02T00:00:00.000001Z', [ids[1]]],
      ['from=2026-01-03T00:00:00Z&to=2026-01-01T00:00:00Z', []],
    ] as const) {
      const { status, body } = await query.get(`${FRUITS}?${range}`);
      assert.deepEqual([status, idsOf(body)], [200, expected], range);
    }
  });

  test('gives each once, page by page, within the range', async () => {
    const events = Array.from({ length: 25 }, (_, index) => ({ at: `2026-01-01T00:00:0${index % 5}Z` }));
    const { store, ids } = await storeWith(...events);
    await using query = await testQuery(() => store);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await query.get(`${FRUITS}?from=2026-01-01T00:00:01Z&limit=6${cursor}`);
      seen.push(...idsOf(body));
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor);
    assert.deepEqual(seen.toSorted(), ids.filter((_, index) => index % 5 > 0).toSorted());
  });

  test('a registered stream without events is an empty list, any other is 404', async () => {
    const { store } = await storeWith();
    await using query = await testQuery(() => store);
    assert.deepEqual((await query.get(FRUITS)).body, { events: [], next: null });
    for (const path of [
      'SpongeBob/fruits',
      'Patrick/Fruits',
      '%00/Fruits',
      "SpongeBob/Fruits'--",
      'SpongeBob.Fruits/x',
    ]) {
      const { status, body } = await query.get(`/api/v1/streams/${path}`);
      assert.deepEqual([status, body.type], [404, 'urn:sluice:problem:not-found'], path);
    }
    await apply(store, registration(randomUUID(), 'Patrick', 'Fruits'));
    assert.equal((await query.get('/api/v1/streams/Patrick/Fruits')).status, 200);
  });

  test('refuses times that are none, and says the rule', async () => {
    await using query = await testQuery(() => openMemoryStore());
    for (const [range, rule] of [
      ['from=2026-01-01', /query parameter from must have a time of day/],
      ['from=yesterday', /from must be an RFC 3339 date-time/],
      ['to=2026-02-30T00:00:00Z', /query parameter to must have a day that exists/],
      ['to=2026-01-01T00:00:00+02:00', /to must/],
      ['from=', /from must/],
      ['from=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z', /from must be there once/],
      ['limit=1000', /limit must be a whole number from 1 to 100/],
    ] as const) {
      const { status, body } = await query.get(`${FRUITS}?${range}`);
      assert.equal(status, 400, range);
      assert.match(body.detail, rule);
    }
  });

  test('is 503 while the store is down', async () => {
    await using query = await testQuery(() => {
      throw new SluiceError('unavailable', 'PostgreSQL cannot be reached (ECONNREFUSED)');
    });
    assert.equal((await query.get(FRUITS)).status, 503);
  });
});
