import { readFileSync } from 'node:fs';
import pg from 'pg';
import { activityEvents } from './activity-events.ts';

const pool = new pg.Pool({ connectionString: readFileSync('/tmp/ae/url', 'utf8').trim(), max: 10 });
const filters = {
  none: {},
  robot: { email: 'robot@example.com' },
  rareEmail: { email: 'rare@example.com' },
  comp: { component: 'orders' },
  rareComp: { component: 'rare' },
  env: { environment: 'production' },
  envRare: { environment: 'rare' },
  ec: { email: 'robot@example.com', component: 'orders' },
  ecNone: { email: 'rare@example.com', component: 'rare' },
  robotRare: { email: 'robot@example.com', component: 'rare' },
  ecn: { email: 'robot@example.com', component: 'orders', environment: 'production' },
  from: { from: '2026-11-20T22:00:00.000000Z' },
  one: { message: 'singular needle' },
  hundred: { message: 'hundredish' },
  many: { message: 'timeout' },
  onepercent: { message: 'onepercent' },
  two: { message: 'twothousandish' },
  ancient: { message: 'ancient' },
  words: { message: 'record 12345' },
  short: { message: 'ti' },
  shortNone: { message: 'q!' },
  none3: { message: 'zzzqqq' },
  all: {
    email: 'robot@example.com',
    component: 'orders',
    environment: 'production',
    message: 'timeout',
    from: '2026-11-20T22:00:00.000000Z',
  },
  allRare: { email: 'robot@example.com', component: 'orders', environment: 'production', message: 'hundredish' },
  rareMany: { email: 'rare@example.com', message: 'timeout' },
  deep: { before: '2026-11-20T21:30:00.000000Z', environment: 'production' },
  client: { client: 'default', email: 'robot@example.com' },
  clientNone: { client: 'nobody', message: 'singular needle' },
} as Record<string, any>;
const only = process.argv.slice(2);
for (const [name, filter] of Object.entries(filters)) {
  if (only.length && !only.includes(name)) continue;
  const slow = [],
    N = 60;
  let n = 0;
  for (let i = 0; i < N; i++) {
    const t = performance.now();
    n = (await activityEvents(pool, filter, { after: null, limit: 20 })).length;
    slow.push(performance.now() - t);
    if (slow.at(-1)! > 300 && i > 4) break;
  }
  const late = slow.slice(Math.min(8, slow.length - 2)).sort((a, b) => a - b);
  // throughput
  const t0 = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      while (performance.now() - t0 < 700) {
        await activityEvents(pool, filter, { after: null, limit: 20 });
        done++;
      }
    }),
  );
  console.log(
    name.padEnd(12),
    String(n).padStart(3),
    'first',
    slow[0]!.toFixed(2),
    'median',
    late[late.length >> 1]!.toFixed(2),
    'max',
    late.at(-1)!.toFixed(2),
    'per s',
    Math.round((done / (performance.now() - t0)) * 1000),
  );
}
await pool.end();
