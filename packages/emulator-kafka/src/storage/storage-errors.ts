import { LogError } from '@sluice/durable-log';
import type { Broker } from '../context.ts';
import type { ErrorName } from '../protocol/errors.ts';

/**
 * What a client is told when the disk, or a log on it, refused. A write that leaves the disk's state unknown is no answer
 * to a client: it ends the broker, and nothing is acknowledged any more.
 */
export function storageError(error: unknown, broker: Broker, doing: string): ErrorName | 'broken' {
  const code = error instanceof LogError ? error.code : 'no-space';
  switch (code) {
    case 'out-of-range':
      return 'OFFSET_OUT_OF_RANGE';
    case 'closed':
      return 'UNKNOWN_TOPIC_OR_PARTITION';
    case 'no-space':
    case 'corrupt':
      broker.log({ kind: 'storage-failed', doing, error });
      return 'KAFKA_STORAGE_ERROR';
    case 'broken':
      broker.fail(error instanceof Error ? error : new Error(String(error)));
      return 'broken';
    default:
      return code satisfies never;
  }
}
