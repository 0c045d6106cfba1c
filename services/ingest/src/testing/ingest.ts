import type { Broker, NewRecord, PublishResult } from '@sluice/core';
import { type HttpServer, listen } from '@sluice/http';
import { createLogger } from '@sluice/runtime';
import { Registry } from 'prom-client';
import { ingestApp } from '../app.ts';

export interface TestIngest extends HttpServer {
  /** What the broker was given. */
  readonly published: readonly NewRecord[];
  /** Crash points gone by, and `published`, in their order. */
  readonly steps: readonly string[];
  readonly metrics: Registry;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface TestIngestOptions {
  /** What the broker answers. Default: published. */
  readonly answer?: (record: NewRecord) => Promise<PublishResult>;
  readonly requireTopics?: () => void;
  readonly ping?: () => Promise<void>;
  readonly now?: () => number;
  readonly level?: 'debug' | 'info';
}

const confirm = async ({ topic }: NewRecord): Promise<PublishResult> => ({
  kind: 'published',
  topic,
  partition: 0,
  offset: 0,
  messageId: null,
});

/** Ingest on a port of its own, before a broker that does as it is told. */
export async function testIngest(options: TestIngestOptions = {}): Promise<TestIngest> {
  const { answer = confirm, requireTopics = () => {}, ping = async () => {}, level = 'info', now } = options;
  const published: NewRecord[] = [];
  const steps: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    service: 'ingest',
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const metrics = new Registry();
  const broker: Pick<Broker, 'publisher' | 'admin'> = {
    publisher: {
      async publish(records) {
        const results = await Promise.all(records.map(answer));
        published.push(...records);
        steps.push('published');
        return results;
      },
    },
    admin: { ping, ensureTopics: async () => {}, ends: async () => [] },
  };
  const app = ingestApp({
    broker,
    topic: 'commands',
    requireTopics,
    log,
    metrics,
    crash: (name) => void steps.push(name),
    ...(now && { now }),
  });
  const server = await listen(app, { address: { host: '127.0.0.1', port: 0 }, log });
  return { ...server, published, steps, metrics, lines };
}
