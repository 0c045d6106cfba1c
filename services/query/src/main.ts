import { listen } from '@sluice/http';
import { aborted, eventually, run } from '@sluice/runtime';
import { openStore } from '@sluice/wiring';
import { queryApp } from './app.ts';
import { config } from './config.ts';

/** Whoever asks is waiting: better a 503 soon than an answer late. */
const LIMITS = { connectTimeoutMs: 2_000, statementTimeoutMs: 5_000 };

await run('query', config, async ({ config, log, metrics, signal }) => {
  await using store = eventually(() => openStore(config.store, LIMITS), { name: 'the store', log, signal });
  const app = queryApp({ store: store.get, log, metrics, ending: signal });
  await using server = await listen(app, { address: config.address, log });
  log.info({ url: server.url }, `listening at ${server.url}`);
  await store.settled;
  await aborted(signal);
});
