import { readFileSync } from 'node:fs';
import pg from 'pg';
import { searchStatement } from './activity-search.ts';

const c = new pg.Client({ connectionString: readFileSync('/tmp/ae/url', 'utf8').trim() });
await c.connect();
const s = searchStatement({
  keys: [],
  hasClient: false,
  mostRows: 100,
  message: { by: 'index', newest: 1000, indexed: 1000 },
});
await c.query('set plan_cache_mode=force_generic_plan');
const part = process.argv[2] ?? 'singular needle';
await c.query('prepare x as ' + s.text);
for (let i = 0; i < 3; i++) {
  const r = await c.query(
    `explain (analyze, buffers, costs) execute x('infinity','00000000-0000-0000-0000-000000000000','-infinity',20,'${part}','%${part}%')`,
  );
  if (i == 2) for (const row of r.rows) console.log(row['QUERY PLAN']);
}
await c.end();
