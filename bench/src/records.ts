import { randomUUID } from 'node:crypto';
import type { NewRecord } from '@sluice/core';
import { timestampCommand } from '@sluice/streams';

/** Records as ingest makes them, all different. */
export function* timestampCommands(topic: string, count: number): Generator<NewRecord> {
  const start = Date.UTC(2026, 0, 1);
  for (let index = 0; index < count; index++) {
    yield timestampCommand({
      topic,
      commandId: randomUUID(),
      eventTimestamp: new Date(start + index * 1000).toISOString(),
      client: 'default',
      acceptedAtMs: start + index,
      correlationId: randomUUID(),
    });
  }
}
