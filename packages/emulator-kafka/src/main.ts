import { runEmulator } from '@sluice/emulator-process';
import { readConfig } from './config.ts';
import { SERVICE, writeEvent } from './event-log.ts';

await runEmulator({
  service: SERVICE,
  portVariable: 'KAFKA_PORT',
  readConfig,
  start: async ({ advertisedPort, ...config }) => {
    const { startKafkaEmulator } = await import('./server.ts');
    return await startKafkaEmulator({
      ...config,
      ...(advertisedPort !== undefined && { advertisedPort }),
      onEvent: writeEvent,
    });
  },
});
