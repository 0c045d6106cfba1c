import { listen } from '@sluice/http';
import { aborted, run } from '@sluice/runtime';
import { config } from './config.ts';
import { openGateway } from './gateway.ts';

/** It has nothing to finish of its own, and the services still have to drain after it. */
const LIMITS = { drainMs: 5_000 };

/** One address for clients that read and write at one; in production a gateway of the platform's does this. */
await run('gateway', config, async ({ config: { address, ingest, query }, log, signal }) => {
  using gateway = openGateway({ upstreams: { ingest, query }, log });
  await using server = await listen(gateway.app, { address, log, limits: LIMITS });
  log.info({ url: server.url }, `listening at ${server.url}`);
  await aborted(signal);
});
