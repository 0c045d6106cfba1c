import { listen } from '@sluice/http';
import { eventually, run } from '@sluice/runtime';
import { activityEventStream, controlStream, tableTransactionStream, timestampStream } from '@sluice/streams';
import { openBroker, openStore } from '@sluice/wiring';
import { consumerApp } from './app.ts';
import { config } from './config.ts';
import { LagGauge } from './lag-gauge.ts';
import { projectionWatch } from './projection-watch.ts';
import { runWorker } from './worker.ts';

await run('consumer', config, async ({ config, log, metrics, signal }) => {
  const { address, names, partitions, sessionTimeoutMs, maxOutstandingMessages, crash } = config;
  const { group, subscriptionId } = names;
  await using broker = await openBroker(config.broker, {
    clientId: 'sluice-consumer',
    sessionTimeoutMs,
    maxOutstandingMessages,
    subscriptionId,
    log,
  });
  const wanted = Object.values(names.topics).map((name) => ({ name, partitions }));
  await using topics = eventually(() => broker.admin.ensureTopics(wanted), {
    name: 'the broker',
    log,
    signal,
  });
  await using store = eventually(() => openStore(config.store), { name: 'the store', log, signal });
  const lag = new LagGauge(metrics);
  const watch = projectionWatch({ log, metrics, lag });
  const app = consumerApp({ broker, topics, store, watch, log, metrics });
  await using server = await listen(app, { address, log });
  log.info({ url: server.url, group }, `listening at ${server.url}`);
  await runWorker({
    broker,
    topics,
    store,
    control: controlStream({ topic: names.topics.control }),
    streams: [
      timestampStream({ topic: names.topics.timestamps }),
      activityEventStream({ topic: names.topics.activityEvents }),
      tableTransactionStream({ topic: names.topics.activities }),
    ],
    partitions,
    group,
    watch,
    lag,
    log,
    signal,
    crash,
  });
});
