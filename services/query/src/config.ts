import { listenAddress } from '@sluice/http';
import { settings } from '@sluice/runtime';
import { storeConfig } from '@sluice/wiring';

/** All that query reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7082 }),
  store: storeConfig,
});
