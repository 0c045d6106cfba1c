import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { openPostgresStore } from '@sluice/store-postgres';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import autocannon from 'autocannon';
import pg from 'pg';
import { activityRows } from './activity-rows.ts';
import { freePort, ready, start } from './processes.ts';
import { interleaved, median, type Section } from './ratio.ts';

const ROWS = 1_000_000;
const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 32;
const POSTS_PER_SECOND = 100;
const TIMED_REQUESTS = 100;

const MS_PER_DAY = 86_400_000;

/** MM-DD-YYYY, in UTC. */
function day(daysAgo: number): string {
  const [year, month, date] = new Date(Date.now() - daysAgo * MS_PER_DAY).toISOString().slice(0, 10).split('-');
  return `${month}-${date}-${year}`;
}

/** What is asked for; `activity-rows.ts` says how many rows have it. */
const QUERIES: Readonly<Record<string, string>> = {
  'no filter': '',
  'email of 30 %': 'email=robot@example.com',
  'email of 100 rows': 'email=rare@example.com',
  'component of 60 %': 'component=orders',
  'environment of 90 %': 'environment=production',
  'environment of 100 rows': 'environment=rare',
  from_date: `from_date=${day(5)}`,
  to_date: `to_date=${day(5)}`,
  'email of 30 % and component of 20 %, never together': 'email=robot@example.com&component=invoices',
  'message of 1 row': 'message=singular',
  'message of 100 rows': 'message=rollback',
  'message of 100,000 rows': 'message=timeout',
  'all together': `email=robot@example.com&component=orders&environment=production&message=timeout&from_date=${day(9)}&to_date=${day(1)}`,
  'all together, message of 100 rows': `email=robot@example.com&component=orders&environment=production&message=rollback&from_date=${day(9)}&to_date=${day(1)}`,
};

/** `GET /api/events` over a million rows while events come in, held against a bare `node:http` server. */
export async function activityQuerySection(): Promise<Section> {
  await using data = await temporaryDirectory();
  await using postgres = await startEmbeddedPostgres({ dataDirectory: `${data.path}/postgres`, port: 0 });
  await fill(postgres.url);
  const [kafkaPort, ingestPort, queryPort, barePort] = await Promise.all([1, 2, 3, 4].map(freePort));
  const common = { KAFKA_BROKER: `127.0.0.1:${kafkaPort}`, DATABASE_URL: postgres.url };
  await using _bare = start('bench/src/bare-server.ts', { PORT: String(barePort) });
  await using _emulator = start('packages/emulator-kafka/src/main.ts', {
    KAFKA_PORT: String(kafkaPort),
    SLUICE_DATA_DIR: `${data.path}/kafka`,
  });
  await using _ingest = start('services/ingest/src/main.ts', { ...common, SERVER_PORT: String(ingestPort) });
  await using _consumer = start('services/consumer/src/main.ts', { ...common, SERVER_PORT: String(await freePort()) });
  await using _query = start('services/query/src/main.ts', { ...common, SERVER_PORT: String(queryPort) });
  const bareUrl = `http://127.0.0.1:${barePort}/`;
  const eventsUrl = `http://127.0.0.1:${queryPort}/api/events`;
  await waitFor('the bare server', async () => (await fetch(bareUrl)).ok);
  await ready(`http://127.0.0.1:${ingestPort}`);
  await ready(`http://127.0.0.1:${queryPort}`);
  await using posts = postEvents(`http://127.0.0.1:${ingestPort}/api/events`);

  const urls = Object.fromEntries(Object.entries(QUERIES).map(([name, query]) => [name, `${eventsUrl}?${query}`]));
  // Each connection to the database plans each statement once.
  for (const url of Object.values(urls)) await getsPerSecond([url], 0.5);
  await getsPerSecond([bareUrl], 1);
  const figures = await interleaved(ROUNDS, {
    bare: () => getsPerSecond([bareUrl], SECONDS),
    mixed: () => getsPerSecond(Object.values(urls), 2 * SECONDS),
    ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, () => getsPerSecond([url], SECONDS)])),
  } as Record<string, () => Promise<number>>);
  const times = await mediansMs(urls);
  const [slowest = '', slowestMs = 0] = Object.entries(times).sort(([, a], [, b]) => b - a)[0] ?? [];
  const { perSecond, lastMessage } = posts.soFar();
  // Figures that were reached because nothing came in would be none.
  await waitFor('the last post to be listed', async () =>
    (await (await fetch(`${eventsUrl}?message=${encodeURIComponent(lastMessage)}`)).text()).includes(lastMessage),
  );
  const limit = median(figures.bare ?? []);
  const ratio = (name: string, of: readonly number[] = []) => ({
    name: `GET /api/events, ${name} / bare node:http`,
    measured: median(of),
    limit,
    unit: 'requests/s',
    atLeast: 0.05,
  });
  return {
    ratios: [
      ratio('all in turn', figures.mixed),
      ...Object.keys(QUERIES).map((name) => ratio(name, figures[name])),
      {
        name: 'posts that came in meanwhile',
        measured: perSecond,
        limit: POSTS_PER_SECOND,
        unit: 'posts/s',
        atLeast: 0.95,
      },
    ],
    bounds: [
      {
        name: `the slowest query (${slowest}) against the median one`,
        measured: slowestMs / median(Object.values(times)),
        unit: 'times',
        atMost: 10,
      },
    ],
    notes: [
      `pages of 20 over ${ROWS.toLocaleString('en-US')} rows, ${CONNECTIONS} connections, median of ${ROUNDS} interleaved rounds of ${SECONDS} s`,
      `one at a time, medians in ms: ${Object.entries(times)
        .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
        .join('; ')}`,
    ],
  };
}

/** Makes the rows in the database, and the indexes after them, which takes a quarter of the time. */
async function fill(url: string): Promise<void> {
  await (await openPostgresStore({ url }))[Symbol.asyncDispose]();
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  try {
    const { rows: indexes } = await database.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'sluice' and tablename = 'activity_events' and indexname not like '%_pkey'`,
    );
    for (const { name } of indexes) await database.query(`drop index sluice.${name}`);
    await database.query(activityRows(ROWS));
    for (const { definition } of indexes) await database.query(definition);
    await database.query('vacuum analyze sluice.activity_events');
  } finally {
    await database.end();
  }
}

/**
 * Gets the URLs in turn, as fast as the answers come.
 * @returns requests per second
 * @throws where an answer was not a 2xx
 */
async function getsPerSecond(urls: readonly string[], seconds: number): Promise<number> {
  const [first = ''] = urls;
  const requests = urls.map((url) => ({ method: 'GET' as const, path: url.slice(new URL(url).origin.length) }));
  const result = await autocannon({
    url: new URL(first).origin,
    connections: CONNECTIONS,
    duration: seconds,
    requests,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${first}: ${result.non2xx} answers were no 2xx, ${result.errors} errors`);
  }
  return result.requests.total / result.duration;
}

/** How long answers take while nobody else asks; in turn, so that what else the machine does hits all alike. */
async function mediansMs(urls: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const times = await interleaved(
    TIMED_REQUESTS,
    Object.fromEntries(
      Object.entries(urls).map(([name, url]) => [
        name,
        async () => {
          const startedAt = performance.now();
          await (await fetch(url)).text();
          return performance.now() - startedAt;
        },
      ]),
    ),
  );
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, median(ms)]));
}

interface Posts extends AsyncDisposable {
  /** @throws where a post was refused */
  soFar(): { readonly perSecond: number; readonly lastMessage: string };
}

/** Posts events at a steady rate until it is disposed of. */
function postEvents(url: string): Posts {
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  const refusals: string[] = [];
  let accepted = 0;
  let lastMessage = '';
  let sent = 0;
  const post = async (n: number): Promise<void> => {
    const message = `order ${n} was placed${n % 10 === 3 ? ' after a timeout' : ''}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        email: `user${n % 5_000}@example.com`,
        component: 'orders',
        environment: 'production',
        message,
        data: { n },
      }),
    });
    const text = await response.text();
    if (response.status !== 201) {
      refusals.push(text);
      return;
    }
    accepted++;
    lastMessage = message;
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * POSTS_PER_SECOND);
    for (; sent < due; sent++) {
      const posted = post(sent).catch((error: unknown) => void refusals.push(String(error)));
      underWay.add(posted);
      void posted.finally(() => underWay.delete(posted));
    }
  }, 10);
  return {
    soFar() {
      if (refusals.length > 0) throw new Error(`${refusals.length} posts were refused: ${refusals[0]}`);
      return { perSecond: accepted / ((performance.now() - startedAt) / 1_000), lastMessage };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
