import { listenAddress } from '@sluice/http';
import { maskedUrl, type Setting, settings, variable } from '@sluice/runtime';
import type { UpstreamAddress } from './gateway.ts';

/** All that the gateway reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 5000 }),
  ingest: upstreamAddress('INGEST_URL', { host: '127.0.0.1', port: 7080 }),
  query: upstreamAddress('QUERY_URL', { host: '127.0.0.1', port: 7082 }),
});

function upstreamAddress(name: string, fallback: UpstreamAddress): Setting<UpstreamAddress> {
  return variable({ name, rule: 'be like http://host:port', parse: addressIn, fallback, show: maskedUrl });
}

function addressIn(text: string): UpstreamAddress | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' || url.href !== `http://${url.host}/`) return undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
}
