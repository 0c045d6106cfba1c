import { setFlagsFromString } from 'node:v8';
import { runEmulator } from '@sluice/emulator-process';
import { readConfig } from './config.ts';
import { SERVICE, writeEvent } from './event-log.ts';

// V8 collects all of its memory whenever that, with what buffers hold, has grown to so many times what lived on the last time.
// By itself it chose less than twice here, which the bytes of twenty large requests reach: that was a quarter of all CPU.
// Four times is as far as it goes by itself, too.
setFlagsFromString('--heap-growing-percent=300');

await runEmulator({
  service: SERVICE,
  portVariable: 'PUBSUB_PORT',
  readConfig,
  start: async (config) => {
    const { startPubSubEmulator } = await import('./server.ts');
    return await startPubSubEmulator({ ...config, onEvent: writeEvent });
  },
});
