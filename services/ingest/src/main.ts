import { listen } from '@sluice/http';
import { aborted, eventually, run } from '@sluice/runtime';
import { openBroker } from '@sluice/wiring';
import { ingestApp } from './app.ts';
import { config } from './config.ts';

/** Shorter than the server's drain, so that whoever waits for the broker when the service ends still gets an answer. */
const PUBLISH_TIMEOUT_MS = 5_000;

await run('ingest', config, async ({ config, log, metrics, signal }) => {
  const { address, topic, partitions, crash } = config;
  await using broker = await openBroker(config.broker, {
    clientId: 'sluice-ingest',
    log,
    publishTimeoutMs: PUBLISH_TIMEOUT_MS,
  });
  await using topics = eventually(() => broker.admin.ensureTopics([{ name: topic, partitions }]), {
    name: 'the broker',
    log,
    signal,
  });
  const app = ingestApp({ broker, topic, requireTopics: topics.get, log, metrics, crash });
  await using server = await listen(app, { address, log });
  log.info({ url: server.url, topic }, `listening at ${server.url}`);
  await topics.settled;
  await aborted(signal);
});
