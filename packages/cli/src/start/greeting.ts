import { relative } from 'node:path';
import type { DataDirectory } from './data-directory.ts';
import type { Part } from './part.ts';
import type { PartName } from './settings.ts';

const WHAT: Readonly<Record<PartName, string>> = {
  kafka: 'Kafka protocol, for any Kafka client',
  pubsub: 'Google Pub/Sub, for any client of it, by PUBSUB_EMULATOR_HOST',
  postgres: 'PostgreSQL, for psql and others',
  ingest: 'events in',
  consumer: 'log to store; health and metrics',
  query: 'look-ups',
  gateway: 'one address for clients of the old systems',
};

/** What is said once everything works: where each part listens, and a first event in and out. */
export function greeting(parts: readonly Part[], { path, logs }: DataDirectory, startMs: number): string {
  const widest = Math.max(...parts.map(({ address }) => address.length));
  const lines = parts.map(({ name, address }) => `  ${name.padEnd(9)} ${address.padEnd(widest)}  ${WHAT[name]}`);
  const addressOf = (name: PartName): string => parts.find((part) => part.name === name)?.address ?? '';
  const ingest = addressOf('ingest');
  return [
    `sluice: ready in ${(startMs / 1000).toFixed(1)} s`,
    '',
    ...lines,
    '',
    `  data in ${shown(path)}, logs in ${shown(logs)}`,
    '',
    'Put an event in and get it out:',
    '',
    `  id=$(curl -s -X POST ${ingest}/api/v1/timestamp/2006-01-02T15:04:05+07:00 | cut -d'"' -f4); echo $id`,
    `  curl -s --fail --retry 5 --retry-all-errors ${addressOf('query')}/api/v1/timestamp/$id`,
    '',
    'Ctrl-C ends everything in order; the next start goes on with the same data.',
  ].join('\n');
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
