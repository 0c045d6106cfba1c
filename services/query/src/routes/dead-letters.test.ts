import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { DEAD_LETTER_REASONS, type DeadLetterReason, SluiceError } from '@sluice/core';
import { openMemoryStore } from '@sluice/store-memory';
import { apply, control, type DeadLetterOptions, deadLetter, markOf } from '../testing/items.ts';
import { testQuery } from '../testing/query.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';

async function storeWith(...options: readonly DeadLetterOptions[]) {
  const store = openMemoryStore();
  const items = options.map(deadLetter);
  await apply(store, ...items);
  const discard = (...those: typeof items) =>
    apply(store, control(randomUUID(), { kind: 'discard', deadLetters: those.map(markOf) }));
  return { store, items, discard };
}

const idsOf = (body: { readonly dead_letters: readonly { readonly id: string }[] }) =>
  body.dead_letters.map(({ id }) => id);

describe('GET /api/v1/dead-letters', () => {
  test('lists them newest first, each with what it is and where it lies', async () => {
    const later = randomUUID();
    const { store } = await storeWith(
      { id: ID, at: '2026-01-01T00:00:00.500Z' },
      { id: later, at: '2026-01-02T00:00:00Z' },
    );
    await using query = await testQuery(() => store);
    const { status, body } = await query.get('/api/v1/dead-letters');
    assert.equal(status, 200);
    assert.deepEqual(idsOf(body), [later, ID]);
    assert.equal(body.next, null);
    const { position, ...about } = body.dead_letters[1];
    assert.deepEqual(about, {
      id: ID,
      stream: 'SpongeBob.Fruits',
      client: 'SpongeBob',
      state: 'kept',
      reason: 'schema-violation',
      detail: '/fruit must be string, got 1',
      created_at: '2026-01-01T00:00:00.5Z',
      value_bytes: 11,
    });
    assert.deepEqual([position.topic, position.partition], ['SpongeBob.Fruits', 0]);
  });

  test('gives each once, page by page, also where many share their time', async () => {
    const all = Array.from({ length: 23 }, (_, index) => ({
      id: randomUUID(),
      at: index < 15 ? '2026-01-01T00:00:00Z' : `2026-01-02T00:00:${index}Z`,
    }));
    const { store } = await storeWith(...all);
    await using query = await testQuery(() => store);
    for (const limit of [1, 7, 23, 100]) {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { status, body } = await query.get(`/api/v1/dead-letters?limit=${limit}${cursor}`);
        assert.equal(status, 200);
        assert.ok(body.dead_letters.length <= limit);
        seen.push(...idsOf(body));
        cursor = body.next === null ? '' : `&cursor=${body.next}`;
      } while (cursor);
      const expected = all.toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
      assert.deepEqual(
        seen,
        expected.map(({ id }) => id),
        `limit ${limit}`,
      );
    }
    assert.equal(idsOf((await query.get('/api/v1/dead-letters')).body).length, 20);
  });

  test('leaves out what has another stream or reason, and what was discarded', async () => {
    const [a, b, c, d] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const { store, items, discard } = await storeWith(
      { id: a, stream: 'A.B' },
      { id: b, stream: 'A.B', reason: 'unknown-schema' },
      { id: c, stream: 'C.D', reason: 'unknown-schema' },
      { id: d, stream: 'C.D' },
    );
    await discard(...items.slice(3));
    await using query = await testQuery(() => store);
    for (const [filter, expected] of [
      ['', [a, b, c]],
      ['stream=A.B', [a, b]],
      ['reason=unknown-schema', [b, c]],
      ['stream=A.B&reason=unknown-schema', [b]],
      ['stream=C.D&reason=schema-violation', []],
      ['stream=A.%25', []],
      ['stream=', []],
    ] as const) {
      const { body } = await query.get(`/api/v1/dead-letters?${filter}`);
      assert.deepEqual(idsOf(body).sort(), [...expected].sort(), filter);
    }
  });

  test('refuses parameters that are none, and says the rule', async () => {
    await using query = await testQuery(() => openMemoryStore());
    const reasons = new RegExp(`reason must be one of ${DEAD_LETTER_REASONS.join(', ')}, got "`);
    for (const [parameters, rule] of [
      ['reason=malformed', reasons],
      ['reason=', reasons],
      ['reason=Schema-Violation', reasons],
      ['reason=unstorable&reason=unstorable', /reason must be there once, got 2/],
      ['stream=a&stream=b', /stream must be there once/],
      ['stream=%00', /stream must have no NUL/],
      ['stream=%ff', /UTF-8/],
      ['limit=0', /limit must be a whole number from 1 to 100, got "0"/],
      ['limit=101', /limit must be/],
      ['limit=', /limit must be/],
      ['limit=1.5', /limit must be/],
      ['limit=-1', /limit must be/],
      ['limit=1e1', /limit must be/],
      ['cursor=', /cursor must be the next of an earlier answer, got ""/],
      ['cursor=x', /cursor must be/],
      [`cursor=${'A'.repeat(5_000)}`, /cursor must be/],
    ] as const) {
      const { status, body } = await query.get(`/api/v1/dead-letters?${parameters}`);
      assert.equal(status, 400, parameters);
      assert.match(body.detail, rule);
      assert.ok(body.detail.length < 250, body.detail);
    }
  });

  test('is 503 while the store is down', async () => {
    await using query = await testQuery(() => {
      throw new SluiceError('unavailable', 'PostgreSQL cannot be reached (ECONNREFUSED)');
    });
    for (const path of ['', `/${ID}`]) {
      const { status, text } = await query.get(`/api/v1/dead-letters${path}`);
      assert.equal(status, 503);
      assert.doesNotMatch(text, /ECONNREFUSED/);
    }
  });
});

describe('GET /api/v1/dead-letters/{id}', () => {
  test('shows the bytes as they are, and as text where they are UTF-8', async () => {
    const binary = Buffer.from([0xff, 0x00, 0x80]);
    const { store } = await storeWith({
      id: ID,
      reason: 'malformed-json',
      record: {
        key: binary,
        value: Buffer.from('{"größe":\ufffd'),
        headers: [
          { name: 'twice', value: Buffer.from('a') },
          { name: 'twice', value: binary },
          { name: 'null', value: null },
          { name: 'empty', value: Buffer.of() },
        ],
        timestampMs: Date.parse('2026-01-01T00:00:00.250Z'),
      },
    });
    await using query = await testQuery(() => store);
    const { status, body } = await query.get(`/api/v1/dead-letters/${ID.toUpperCase()}`);
    assert.equal(status, 200);
    assert.deepEqual([body.id, body.state, body.reason, body.is_cut], [ID, 'kept', 'malformed-json', false]);
    assert.deepEqual(body.record, {
      timestamp: '2026-01-01T00:00:00.25Z',
      key: { base64: '/wCA' },
      value: { base64: Buffer.from('{"größe":\ufffd').toString('base64'), text: '{"größe":\ufffd' },
      headers: [
        { name: 'twice', value: { base64: 'YQ==', text: 'a' } },
        { name: 'twice', value: { base64: '/wCA' } },
        { name: 'null', value: null },
        { name: 'empty', value: { base64: '', text: '' } },
      ],
    });
  });

  test('shows none where there are none', async () => {
    const { store } = await storeWith({ id: ID, record: { key: null, value: null } });
    await using query = await testQuery(() => store);
    const { body } = await query.get(`/api/v1/dead-letters/${ID}`);
    assert.deepEqual(body.record, { timestamp: '2026-01-01T00:00:00.25Z', key: null, value: null, headers: [] });
  });

  test('shows of a discarded one that it was there', async () => {
    const { store, items, discard } = await storeWith({ id: ID });
    await discard(...items);
    await using query = await testQuery(() => store);
    const { status, body } = await query.get(`/api/v1/dead-letters/${ID}`);
    assert.deepEqual([status, body.state, body.reason], [200, 'discarded', 'schema-violation']);
    assert.ok(!('record' in body));
  });

  test('is 404 for what is none, 400 for what can be none', async () => {
    const { store } = await storeWith({ id: ID });
    await using query = await testQuery(() => store);
    assert.equal((await query.get(`/api/v1/dead-letters/${randomUUID()}`)).status, 404);
    for (const id of ['x', `${ID}x`, '%00', '..%2F']) {
      const { status, body } = await query.get(`/api/v1/dead-letters/${id}`);
      assert.deepEqual([status, body.type], [400, 'urn:sluice:problem:invalid-id'], id);
    }
  });

  test('every reason can be asked for', async () => {
    const all = DEAD_LETTER_REASONS.map((reason: DeadLetterReason) => ({ id: randomUUID(), reason }));
    const { store } = await storeWith(...all);
    await using query = await testQuery(() => store);
    for (const { id, reason } of all) {
      assert.deepEqual(idsOf((await query.get(`/api/v1/dead-letters?reason=${reason}`)).body), [id]);
    }
  });
});
