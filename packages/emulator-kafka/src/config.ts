import { join, resolve } from 'node:path';
import { ConfigError } from '@sluice/emulator-process';
import { isWildcard } from './options.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly advertisedHost: string;
  readonly advertisedPort: number | undefined;
  readonly directory: string;
}

/**
 * Reads the settings of the process: `KAFKA_HOST` and `KAFKA_PORT` to listen on, `KAFKA_ADVERTISED_HOST` and
 * `KAFKA_ADVERTISED_PORT` for clients that reach it by another address, `KAFKA_DATA_DIR` (default: `kafka` in
 * `SLUICE_DATA_DIR`, which is `.sluice` by default).
 * @throws ConfigError with all faults at once.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const port = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
    faults.push(`${name} must be a port from 0 to 65535, got ${JSON.stringify(value.slice(0, 100))}`);
    return undefined;
  };
  const host = text('KAFKA_HOST') ?? '127.0.0.1';
  const advertisedHost = text('KAFKA_ADVERTISED_HOST') ?? host;
  if (isWildcard(advertisedHost)) {
    const rule = `must be an address that clients can connect to where KAFKA_HOST is ${host}`;
    faults.push(`KAFKA_ADVERTISED_HOST ${rule}, got ${text('KAFKA_ADVERTISED_HOST') ?? 'nothing'}`);
  }
  const config: Config = {
    host,
    port: port('KAFKA_PORT') ?? 9092,
    advertisedHost,
    advertisedPort: port('KAFKA_ADVERTISED_PORT'),
    directory: resolve(text('KAFKA_DATA_DIR') ?? join(text('SLUICE_DATA_DIR') ?? '.sluice', 'kafka')),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return config;
}
