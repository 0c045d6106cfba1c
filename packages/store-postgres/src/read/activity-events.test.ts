import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import {
  type ActivityEventFilter,
  type ActivityEventRow,
  type Instant,
  instantFromMs,
  type PageEnd,
} from '@sluice/core';
import fc from 'fast-check';
import { Client, Pool } from 'pg';
import { makeTables } from '../migrate.ts';
import { serverForFile } from '../testing/server.ts';
import { activityEvents } from './activity-events.ts';
import { KEY_COLUMNS, searchStatement } from './activity-search.ts';

const { url } = await serverForFile();
const client = await connected(url);
await makeTables(client, 'sluice');
const pool = new Pool({ connectionString: url });
pool.on('error', () => {});
after(async () => {
  await pool.end();
  await client.end();
});

async function connected(at: string): Promise<Client> {
  const made = new Client({ connectionString: at });
  made.on('error', () => {});
  await made.connect();
  return made;
}

const INSERT = `insert into sluice.activity_events
    (id, created_at, client, topic, partition, record_offset, email, component, environment, message, data)
  select id, created_at, client, 'activity.event.v1', 0, 0, email, component, environment, message, data
  from json_to_recordset($1) as r(id uuid, created_at timestamptz, client text, email text, component text,
    environment text, message text, data json)`;

async function insert(rows: readonly ActivityEventRow[], into: Client = client): Promise<void> {
  const records = rows.map(({ createdAt, data, ...row }) => ({
    ...row,
    created_at: createdAt,
    data: JSON.parse(data),
  }));
  await into.query(INSERT, [JSON.stringify(records)]);
}

/** Empties the table, and says how many rows there are now, as autovacuum would. */
async function fill(rows: readonly ActivityEventRow[]): Promise<void> {
  await client.query('truncate sluice.activity_events');
  await insert(rows);
  await client.query('analyze sluice.activity_events');
}

const NOON = Date.parse('2026-11-21T12:00:00Z');

function eventRow(changes: Partial<ActivityEventRow> = {}): ActivityEventRow {
  return {
    id: randomUUID(),
    createdAt: instantFromMs(NOON),
    client: 'default',
    email: 'a@example.com',
    component: 'orders',
    environment: 'production',
    message: 'an order was placed',
    data: '{}',
    ...changes,
  };
}

/** What the port says, in plain JavaScript. */
function expected(rows: readonly ActivityEventRow[], filter: ActivityEventFilter): ActivityEventRow[] {
  const { from, before, message = '' } = filter;
  return rows
    .filter((row) =>
      (['client', 'email', 'component', 'environment'] as const).every(
        (column) => filter[column] === undefined || row[column] === filter[column],
      ),
    )
    .filter((row) => row.message.includes(message))
    .filter(
      ({ createdAt }) => (from === undefined || createdAt >= from) && (before === undefined || createdAt < before),
    )
    .sort((a, b) => compare(b.createdAt, a.createdAt) || compare(b.id, a.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function allPages(filter: ActivityEventFilter, limit: number): Promise<ActivityEventRow[]> {
  const found: ActivityEventRow[] = [];
  let after: PageEnd | null = null;
  for (;;) {
    const page: readonly ActivityEventRow[] = await activityEvents(pool, filter, { after, limit });
    found.push(...page);
    const last = page.at(-1);
    if (!last || page.length < limit) return found;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

const ids = (rows: readonly ActivityEventRow[]): string[] => rows.map(({ id }) => id);

/** Few letters, so that parts are found; all that LIKE, a regular expression or SQL would read as something else. */
const LETTERS = [
  'a',
  'b',
  'A',
  'ab',
  'abc',
  ' ',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '$1',
  'ä',
  'Ä',
  'ß',
  '🕐',
  '日本',
  '\n',
  '*',
  '.',
];
const text = fc.array(fc.constantFrom(...LETTERS), { maxLength: 12 }).map((letters) => letters.join(''));

const rowOfFew: fc.Arbitrary<ActivityEventRow> = fc.record(
  {
    id: fc.uuid(),
    createdAt: fc.nat({ max: 4 }).map((hours) => instantFromMs(NOON + hours * 3_600_000)),
    client: fc.constantFrom('default', 'other'),
    email: fc.constantFrom('a@example.com', 'b@example.com', 'B@example.com'),
    component: fc.constantFrom('orders', 'Orders', ' ', 'ä'),
    environment: fc.constantFrom('production', 'test', '%'),
    message: text,
    data: fc.constantFrom('{}', '{"a":[1,null]}'),
  },
  { noNullPrototype: true },
);

const filterOfFew: fc.Arbitrary<ActivityEventFilter> = fc.record(
  {
    client: fc.constantFrom('default', 'other'),
    email: fc.constantFrom('a@example.com', 'B@example.com', '%'),
    component: fc.constantFrom('orders', 'Orders', ' ', 'nobody'),
    environment: fc.constantFrom('production', '%'),
    message: fc.oneof(text, fc.constantFrom('abc', 'abc\\', 'abc%', '%', '_', '\\', 'a%b', '')),
    from: fc.nat({ max: 4 }).map((hours) => instantFromMs(NOON + hours * 3_600_000)),
    before: fc.nat({ max: 5 }).map((hours) => instantFromMs(NOON + hours * 3_600_000)),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** More rows than are looked through before the index is asked. */
const NEWER = Array.from({ length: 320 }, (_, n) =>
  eventRow({ createdAt: instantFromMs(NOON + 36_000_000 + n), message: '-' }),
);

describe('activity events', () => {
  test('are those that a filter in JavaScript finds, page by page, whatever is asked for', async () => {
    const rows = fc.uniqueArray(rowOfFew, { maxLength: 60, selector: ({ id }) => id });
    const filters = fc.array(filterOfFew, { minLength: 4, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, filters, fc.integer({ min: 1, max: 7 }), async (given, asked, limit) => {
        const rows = [...given, ...NEWER];
        await fill(rows);
        for (const filter of asked) {
          const wanted = expected(rows, filter);
          // The newer ones are there for the old ones to be looked for in the index; there is no need to page through all.
          const pages = wanted.length > 100 ? [wanted.slice(0, limit)] : undefined;
          const found = pages
            ? await activityEvents(pool, filter, { after: null, limit })
            : await allPages(filter, limit);
          assert.deepEqual(found, pages?.[0] ?? wanted);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('come back as they were stored: times to the microsecond, data as it was written', async () => {
    const row = eventRow({
      createdAt: '0001-01-01T00:00:00.000001Z' as Instant,
      data: '{"b":1,"a":{"nested":[true,"x",1.5]},"":""}',
      message: 'line 1\nline 2\t"quoted" \\ % _',
    });
    await fill([row]);
    assert.deepEqual(await activityEvents(pool, {}, { after: null, limit: 20 }), [row]);
  });

  test('are found by a part of the message wherever they lie: all over, only among the oldest, or nowhere', async () => {
    const rows = Array.from({ length: 30_000 }, (_, n) => {
      const words = [
        n % 10 === 0 ? 'frequent' : '',
        n % 120 === 0 ? 'infrequent' : '',
        n % 3_000 === 0 ? 'rare' : '',
        n === 77 ? 'single' : '',
        n < 4_000 ? 'ancient' : '',
      ];
      return eventRow({
        id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        createdAt: instantFromMs(NOON + Math.floor(n / 7)),
        client: n % 3 === 0 ? 'default' : 'other',
        email: n % 100 === 0 ? 'rare@example.com' : n % 3 === 0 ? 'a@example.com' : 'b@example.com',
        component: n % 2 === 0 ? 'orders' : 'invoices',
        message: `${words.filter(Boolean).join(' ')} number ${n}`,
      });
    });
    await fill(rows);
    const parts = [
      'frequent',
      'infrequent',
      'rare',
      'single',
      'ancient',
      'absent',
      'number 29',
      'q',
      '1 ',
      'ancient number 3',
    ];
    const others: ActivityEventFilter[] = [
      {},
      { email: 'rare@example.com' },
      { email: 'b@example.com', component: 'invoices' },
      { email: 'a@example.com', component: 'orders', environment: 'production' },
      { client: 'default' },
      { client: 'nobody' },
      { before: instantFromMs(NOON + 3_000) },
      { from: instantFromMs(NOON + 4_100) },
    ];
    for (const message of parts) {
      for (const other of others) {
        const filter = { ...other, message };
        const wanted = expected(rows, filter);
        // The second time by the way on which the first was found, which other values may have made the wrong one.
        for (const time of ['first', 'second']) {
          const found = await activityEvents(pool, filter, { after: null, limit: 20 });
          assert.deepEqual(ids(found), ids(wanted.slice(0, 20)), `${time} time ${JSON.stringify(filter)}`);
        }
        const last = wanted.at(Math.floor(wanted.length / 2));
        if (!last) continue;
        const deep = await activityEvents(pool, filter, { after: last, limit: 20 });
        assert.deepEqual(ids(deep), ids(wanted.slice(wanted.indexOf(last) + 1).slice(0, 20)), JSON.stringify(filter));
      }
    }
  });

  test('are found when many have the part that few had, and few the part that many had', async () => {
    const rowsWith = (message: string, count: number) =>
      Array.from({ length: count }, (_, n) => eventRow({ createdAt: instantFromMs(NOON + n), message }));
    for (const counts of [
      { growing: 5, shrinking: 3_000 },
      { growing: 3_000, shrinking: 5 },
    ]) {
      const rows = [...rowsWith('growing', counts.growing), ...rowsWith('shrinking', counts.shrinking), ...NEWER];
      await fill(rows);
      for (const message of ['growing', 'shrinking', '-']) {
        const found = await activityEvents(pool, { message }, { after: null, limit: 20 });
        assert.deepEqual(ids(found), ids(expected(rows, { message }).slice(0, 20)), message);
      }
    }
  });

  test('what LIKE reads as something else stands for itself, in the rows and in the index', async () => {
    const messages = ['abc%d', 'abc_d', 'abc\\d', 'abcxd', 'ABC%d', 'abcd', 'd abc\\', '%abc', "abc'd", 'abc$1'];
    const rows = messages.map((message) => eventRow({ message }));
    for (const newer of [[], NEWER]) {
      const all = [...rows, ...newer];
      await fill(all);
      for (const message of [...messages, 'abc', 'abc%', 'c_d', '\\', '%', 'abc\\%']) {
        const filter = { message };
        assert.deepEqual(
          await activityEvents(pool, filter, { after: null, limit: 20 }),
          expected(all, filter),
          message,
        );
      }
    }
  });

  test('a long part of a message is held against the whole of it', async () => {
    const long = `${'🕐abc '.repeat(40)}end`;
    const rows = [eventRow({ message: `${long}.` }), eventRow({ message: long.replace('end', 'END') })];
    await fill([...rows, ...NEWER]);
    assert.deepEqual(await activityEvents(pool, { message: long }, { after: null, limit: 20 }), [rows[0]]);
  });

  test('none is missed or shown twice while others come in, though many share a time', async () => {
    const rows = Array.from({ length: 500 }, (_, n) =>
      eventRow({ createdAt: instantFromMs(NOON + Math.floor(n / 100)) }),
    );
    await fill(rows);
    const another = await connected(url);
    let isDone = false;
    const inserting = (async () => {
      for (let n = 0; !isDone; n++) {
        const later = Array.from({ length: 5 }, () => eventRow({ createdAt: instantFromMs(NOON + 10 + n) }));
        await insert(later, another);
      }
    })();
    try {
      for (const filter of [{}, { message: 'order' }, { email: 'a@example.com', environment: 'production' }]) {
        const before = instantFromMs(NOON + 10);
        assert.deepEqual(await allPages({ ...filter, before }, 7), expected(rows, filter));
        const found = await allPages(filter, 7);
        assert.deepEqual(found.slice(-rows.length), expected(rows, filter));
        assert.equal(new Set(ids(found)).size, found.length);
      }
    } finally {
      isDone = true;
      await inserting;
      await another.end();
    }
  });
});

describe('the indexes', () => {
  test('each set of columns that is held equal is read from its own, however frequent the values are', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) =>
      eventRow({
        createdAt: instantFromMs(NOON + n),
        email: n % 10 === 0 ? `user${n}@example.com` : 'robot@example.com',
        component: n % 100 === 0 ? 'rare' : 'orders',
        environment: n % 1_000 === 0 ? 'test' : 'production',
      }),
    );
    await fill(rows);
    for (let set = 0; set < 2 ** KEY_COLUMNS.length; set++) {
      const keys = KEY_COLUMNS.filter((_, index) => set & (1 << index));
      const index = `activity_events_${keys.join('_') || 'newest'}`;
      for (const message of [
        { by: 'none' },
        { by: 'rows' },
        { by: 'newest', newest: 300 },
        { by: 'index', indexed: 1_000 },
        { by: 'both', newest: 300, indexed: 1_000 },
        { by: 'both', newest: 20_000, indexed: 'all' },
      ] as const) {
        const { text } = searchStatement({ keys, hasClient: false, mostRows: 100, message });
        const plan = await planOf(
          text,
          ['robot@example.com', 'rare', 'test'].slice(0, keys.length),
          message.by !== 'none',
        );
        if (message.by !== 'index') {
          const scan = new RegExp(`Index Scan Backward using ${index} on activity_events`);
          assert.match(plan, scan, `${message.by} ${plan}`);
        }
        assert.doesNotMatch(plan, /Seq Scan/);
        if ('indexed' in message) assert.match(plan, /Bitmap Index Scan on activity_events_message/);
      }
    }
  });

  async function planOf(text: string, keys: readonly string[], hasMessage: boolean): Promise<string> {
    const count = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    const values = ['infinity', '00000000-0000-0000-0000-000000000000', '-infinity', 20, ...keys];
    if (hasMessage) values.push('needle', '%needle%');
    const { rows } = await client.query(`explain ${text}`, values.slice(0, count));
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  test('a row with the longest texts that ingest takes fits into each', async () => {
    const email = `${'e'.repeat(308)}@example.com`;
    const row = eventRow({
      email,
      component: randomWide(255),
      environment: randomWide(255),
      message: 'x'.repeat(100_000),
    });
    await fill([row]);
    assert.deepEqual(await activityEvents(pool, { email, message: 'xxx' }, { after: null, limit: 1 }), [row]);
  });

  /** Of characters that take four bytes, and that nothing compresses. */
  function randomWide(length: number): string {
    return Array.from({ length }, () => String.fromCodePoint(0x1_0000 + Math.floor(Math.random() * 0xffff))).join('');
  }
});

describe('a database without trigrams', () => {
  test('is migrated all the same, says what to do, and finds every message', async () => {
    await client.query('create database without_trigrams');
    const its = new URL(url);
    its.pathname = 'without_trigrams';
    const migrating = await connected(its.href);
    const notices: string[] = [];
    migrating.on('notice', ({ message = '', hint = '' }) => notices.push(`${message} ${hint}`));
    await migrating.query('drop schema public');
    await makeTables(migrating, 'sluice');
    assert.match(notices.join(), /pg_trgm is not there.*create extension pg_trgm/);
    const rows = Array.from({ length: 2_000 }, (_, n) =>
      eventRow({ createdAt: instantFromMs(NOON + n), message: n === 3 ? 'needle' : n % 2 ? 'hay' : 'straw' }),
    );
    await insert(rows, migrating);
    const another = new Pool({ connectionString: its.href });
    for (const message of ['needle', 'hay', 'absent']) {
      const found = await activityEvents(another, { message }, { after: null, limit: 20 });
      assert.deepEqual(ids(found), ids(expected(rows, { message }).slice(0, 20)));
    }
    await another.end();
    await migrating.end();
  });

  test('the extension belongs to no generation: dropping one leaves the next its index', async () => {
    await client.query('create database generations');
    const its = new URL(url);
    its.pathname = 'generations';
    const migrating = await connected(its.href);
    await makeTables(migrating, 'sluice');
    await makeTables(migrating, 'sluice_next');
    await migrating.query('drop schema sluice cascade');
    const { rows } = await migrating.query(
      `select to_regclass('sluice_next.activity_events_message') is not null as found`,
    );
    assert.deepEqual(rows, [{ found: true }]);
    await migrating.end();
  });
});
