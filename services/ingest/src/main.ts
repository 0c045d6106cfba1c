import { hostname } from 'node:os';
import { SluiceError } from '@sluice/core';
import { type ListenAddress, listen } from '@sluice/http';
import { aborted, eventually, run } from '@sluice/runtime';
import { openBroker, openStore, type StoreConfig } from '@sluice/wiring';
import { ingestApp } from './app.ts';
import { config } from './config.ts';
import { pushToGateway } from './metrics/pushgateway.ts';
import { StreamRegistry } from './streams/registry.ts';

/** Shorter than the server's drain, so that whoever waits for the broker when the service ends still gets an answer. */
const PUBLISH_TIMEOUT_MS = 5_000;
/** Whoever asks is waiting: better a 503 soon than an answer late. */
const STORE_LIMITS = { connectTimeoutMs: 2_000, statementTimeoutMs: 5_000, poolSize: 4 };

/** The same after a restart, so that no old figures stay behind. */
const instanceOf = ({ port }: ListenAddress): string => `${hostname()}:${port}`;

/**
 * Most of what ingest takes needs no store. So it does not end for one that is not set up rightly, and must not do without
 * it for ever either, once somebody has mended that: whatever is the matter is waited for.
 */
const openStoreSometime = (store: StoreConfig) =>
  openStore(store, STORE_LIMITS).catch((error) => {
    throw error instanceof SluiceError ? new SluiceError('unavailable', error.message, { cause: error }) : error;
  });

await run('ingest', config, async ({ config, log, metrics, signal }) => {
  const { address, topics, partitions, pushgateway, pushEveryMs, crash } = config;
  await using broker = await openBroker(config.broker, {
    clientId: 'sluice-ingest',
    log,
    publishTimeoutMs: PUBLISH_TIMEOUT_MS,
  });
  const wanted = Object.values(topics).map((name) => ({ name, partitions }));
  await using ensured = eventually(() => broker.admin.ensureTopics(wanted), { name: 'the broker', log, signal });
  await using store = eventually(() => openStoreSometime(config.store), { name: 'the store', log, signal });
  store.settled.catch((error) =>
    log.error({ err: error }, 'without a store there are no streams but the built-in ones'),
  );
  using registry = new StreamRegistry({ store: store.get, log });
  await using oldMetrics =
    pushgateway && pushToGateway({ url: pushgateway, instance: instanceOf(address), log, everyMs: pushEveryMs });
  const app = ingestApp({
    broker,
    topics,
    partitions,
    requireTopics: ensured.get,
    registry,
    store: store.get,
    log,
    metrics,
    oldMetrics,
    crash,
    signal,
  });
  await using server = await listen(app, { address, log });
  log.info({ url: server.url, topics: Object.values(topics) }, `listening at ${server.url}`);
  await ensured.settled;
  await aborted(signal);
});
