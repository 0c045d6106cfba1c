import { join, resolve } from 'node:path';
import { ConfigError } from '@sluice/emulator-process';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly directory: string;
}

/**
 * Reads the settings of the process: `PUBSUB_HOST` and `PUBSUB_PORT` to listen on, `PUBSUB_DATA_DIR` (default: `pubsub` in
 * `SLUICE_DATA_DIR`, which is `.sluice` by default).
 * @throws ConfigError with all faults at once.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const port = text('PUBSUB_PORT') ?? '8085';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    faults.push(`PUBSUB_PORT must be a port from 0 to 65535, got ${JSON.stringify(port.slice(0, 100))}`);
  }
  const host = text('PUBSUB_HOST') ?? '127.0.0.1';
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) {
    faults.push(`PUBSUB_HOST must be an address or a host name, got ${JSON.stringify(host.slice(0, 100))}`);
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return {
    host,
    port: Number(port),
    directory: resolve(text('PUBSUB_DATA_DIR') ?? join(text('SLUICE_DATA_DIR') ?? '.sluice', 'pubsub')),
  };
}
