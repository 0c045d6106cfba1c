import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type ActivityEventRow, type EffectsItem, SluiceError, type Store } from '@sluice/core';
import { openMemoryStore } from '@sluice/store-memory';
import { apply, instant } from '../testing/items.ts';
import { testQuery } from '../testing/query.ts';
import { firstInstantAfter, firstInstantOf } from './activity-events-dates.ts';

const PATHS = ['/api/events', '/api/events/', '/api/v1/events', '/api/v1/events/'];

interface Given extends Partial<Omit<ActivityEventRow, 'createdAt'>> {
  readonly n: number;
  readonly at?: string;
}

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function eventItem({ n, at = '2021-04-16T12:00:00.123456Z', ...changes }: Given): EffectsItem {
  const id = idOf(n);
  const createdAt = instant(at);
  const row: ActivityEventRow = {
    id,
    createdAt,
    client: 'default',
    email: 'jane@example.com',
    component: 'orders',
    environment: 'production',
    message: 'an order was placed',
    data: '{"n":1.5,"b":[true],"a":null}',
    ...changes,
  };
  return {
    kind: 'effects',
    stream: 'activity.event.v1',
    identity: { commandId: id, client: 'default', time: createdAt },
    record: {
      topic: 'activity.event.v1',
      position: { kind: 'offset', partition: 0, offset: n },
      timestampMs: 0,
      key: null,
      value: null,
      headers: [],
    },
    effects: [{ kind: 'row', table: 'activity_events', row }],
  };
}

async function storeWith(...given: readonly Given[]): Promise<Store> {
  const store = openMemoryStore();
  await apply(store, ...given.map(eventItem));
  return store;
}

const numbersOf = (body: { readonly events: readonly { readonly id: string }[] }): number[] =>
  body.events.map(({ id }) => Number(id.slice(-12)));

/** A server takes half a second to end: those that only read share one. */
const filtered = await testQuery(
  await storeWith(
    { n: 1, at: '2021-04-15T00:00:00Z' },
    { n: 2, at: '2021-04-15T23:59:59.999999Z', environment: 'test' },
    { n: 3, at: '2021-04-16T00:00:00Z', component: 'invoices', message: '100% done' },
    { n: 4, at: '2021-04-16T23:59:59.999999Z', environment: 'test', email: 'joe@example.com', message: 'a_b' },
    { n: 5, at: '2021-04-17T00:00:00Z' },
  ).then((store) => () => store),
);
after(() => filtered[Symbol.asyncDispose]());

describe('GET of activity events', () => {
  for (const path of PATHS) {
    test(`${path}: none, and then one in the form of the old service`, async () => {
      const store = await storeWith();
      await using query = await testQuery(() => store);
      const empty = await query.get(path);
      assert.equal(empty.status, 200);
      assert.deepEqual(empty.body, { events: [], next: null });
      await apply(store, eventItem({ n: 7 }));
      const { body, text } = await query.get(path);
      assert.deepEqual(body, {
        events: [
          {
            id: idOf(7),
            email: 'jane@example.com',
            component: 'orders',
            environment: 'production',
            message: 'an order was placed',
            data: { n: 1.5, b: [true], a: null },
            created_at: '1618574400.123456',
          },
        ],
        next: null,
      });
      assert.match(text, /"data":\{"n":1\.5,"b":\[true\],"a":null\}/);
    });
  }

  /** Which of the events below are found, newest first. */
  const FILTERS: readonly (readonly [query: string, found: readonly number[]])[] = [
    ['', [5, 4, 3, 2, 1]],
    ['email=jane@example.com', [5, 3, 2, 1]],
    ['email=jane%40example.com', [5, 3, 2, 1]],
    ['email=Jane@example.com', []],
    ['email=jane', []],
    ['component=invoices', [3]],
    ['environment=test', [4, 2]],
    ['environment=test&email=jane@example.com', [2]],
    ['message=placed', [5, 2, 1]],
    ['message=Placed', []],
    ['message=100%25', [3]],
    ['message=%25', [3]],
    ['message=_', [4]],
    ['message=a_b', [4]],
    ['message=an+order', [5, 2, 1]],
    ['from_date=04-16-2021', [5, 4, 3]],
    ['from_date=4-16-2021', [5, 4, 3]],
    ['to_date=04-15-2021', [2, 1]],
    ['to_date=04-16-2021', [4, 3, 2, 1]],
    ['from_date=04-15-2021&to_date=04-15-2021', [2, 1]],
    ['from_date=04-17-2021&to_date=04-15-2021', []],
    [
      'email=jane@example.com&component=orders&environment=production&message=order&from_date=4-17-2021&to_date=4-17-2021',
      [5],
    ],
    ['email=&component=&environment=&message=&from_date=&to_date=', [5, 4, 3, 2, 1]],
    ['unknown=1&unknown=2&id=3', [5, 4, 3, 2, 1]],
    ['EMAIL=nobody', [5, 4, 3, 2, 1]],
  ];
  for (const [asked, found] of FILTERS) {
    test(`?${asked} finds ${found.length}`, async () => {
      const { status, body } = await filtered.get(`/api/events?${asked}`);
      assert.equal(status, 200);
      assert.deepEqual(numbersOf(body), found);
    });
  }

  test('pages follow one another, newest first and of one time by id, while others come in', async () => {
    const store = await storeWith(
      ...Array.from({ length: 45 }, (_, n) => ({ n: n + 1, at: `2021-04-16T12:00:0${n % 3}Z` })),
    );
    await using query = await testQuery(() => store);
    const found: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 3; page++) {
      const path: string = `/api/events?message=order${cursor === null ? '' : `&cursor=${cursor}`}`;
      const { body } = await query.get(path);
      found.push(...numbersOf(body));
      cursor = body.next;
      assert.equal(cursor === null, page === 2);
      await apply(store, eventItem({ n: 100 + page, at: '2021-05-01T00:00:00Z' }));
    }
    const expected = [2, 1, 0].flatMap((second) => Array.from({ length: 15 }, (_, n) => 43 - 3 * n + second));
    assert.deepEqual(found, expected);
    assert.equal(numbersOf((await query.get('/api/events?limit=100')).body).length, 48);
    assert.equal(numbersOf((await query.get('/api/events?limit=1')).body).length, 1);
  });
});

const BAD_DATES = [
  '2021-04-16',
  '04/16/2021',
  '04-16-21',
  '04-16-2021x',
  ' 04-16-2021',
  '02-31-2021',
  '02-29-2021',
  '13-01-2021',
  '00-01-2021',
  '01-00-2021',
  '01-01-0000',
  '004-16-2021',
  '4-16',
  'now',
  '٠٤-16-2021',
  '04-16-2021\n',
];

describe('a refused GET of activity events', () => {
  for (const text of BAD_DATES) {
    test(`the date ${JSON.stringify(text)}: 400 that names it, in the old words too`, async () => {
      for (const name of ['from_date', 'to_date']) {
        const { status, body, headers } = await filtered.get(`/api/events/?${name}=${encodeURIComponent(text)}`);
        assert.equal(status, 400);
        assert.equal(headers.get('content-type'), 'application/problem+json');
        assert.equal(body.type, 'urn:sluice:problem:invalid-parameter');
        assert.match(body.detail, new RegExp(`^${name} must be MM-DD-YYYY, got "`));
        assert.equal(body.message, 'Unable to retrieve events - Invalid date specified');
      }
    });
  }

  for (const asked of [
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=',
    'limit=1.5',
    'limit=-1',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'cursor=e30',
    `cursor=${'A'.repeat(200)}`,
    'cursor=%00',
    'email=a&email=b',
    'message=a&message=',
    'from_date=1-1-2021&from_date=1-1-2021',
    'message=%00',
    'email=a%00',
    'message=%ff',
    'message=%',
  ]) {
    test(`?${asked.slice(0, 50)}: 400`, async () => {
      const { status, body } = await filtered.get(`/api/events?${asked}`);
      assert.equal(status, 400);
      assert.ok(body.detail.length < 250);
      assert.equal(body.message, `Unable to retrieve events - ${body.detail}`);
    });
  }

  test('while the store is down: 503, to be tried again', async () => {
    await using query = await testQuery(() => {
      throw new SluiceError('unavailable', 'PostgreSQL at 10.0.0.1 is gone');
    });
    const { status, headers, text, body } = await query.get('/api/events');
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '1');
    assert.equal(body.message, `Unable to retrieve events - ${body.detail}`);
    assert.doesNotMatch(text, /10\.0\.0\.1/);
  });
});

describe('days', () => {
  for (const [text, first, after] of [
    ['04-16-2021', '2021-04-16', '2021-04-17'],
    ['2-28-2024', '2024-02-28', '2024-02-29'],
    ['2-29-2024', '2024-02-29', '2024-03-01'],
    ['12-31-1999', '1999-12-31', '2000-01-01'],
    ['1-1-0001', '0001-01-01', '0001-01-02'],
    ['12-31-9999', '9999-12-31', null],
  ] as const) {
    test(text, () => {
      assert.equal(firstInstantOf(text), `${first}T00:00:00.000000Z`);
      assert.equal(firstInstantAfter(text), after && `${after}T00:00:00.000000Z`);
    });
  }
});
