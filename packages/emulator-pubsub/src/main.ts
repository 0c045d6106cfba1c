import { runEmulator } from '@sluice/emulator-process';
import { readConfig } from './config.ts';
import { SERVICE, writeEvent } from './event-log.ts';

await runEmulator({
  service: SERVICE,
  portVariable: 'PUBSUB_PORT',
  readConfig,
  start: async (config) => {
    const { startPubSubEmulator } = await import('./server.ts');
    return await startPubSubEmulator({ ...config, onEvent: writeEvent });
  },
});
