import { quoted } from '@sluice/core';
import { faulty, type Setting, valid } from '@sluice/runtime';
import { listenHost, reachable } from './start/part.ts';
import { startedPort } from './start/settings.ts';

/** Where `sluice start` opens the gateway with the same environment. */
export const gatewayUrl: Setting<URL> = {
  read(environment) {
    const port = startedPort('gateway').read(environment);
    if (port.kind === 'faulty') return port;
    const host = listenHost('gateway', environment);
    const url = URL.parse(`http://${reachable(host)}:${port.value}`);
    return url
      ? valid(url)
      : faulty({ variable: 'HOST', rule: 'be an IP address or a host name', received: quoted(host) });
  },
};
