import { type NewRecord, type OutgoingRecord, type Publisher, type PublishResult, SluiceError } from '@sluice/core';
import type { CrashPoint } from '@sluice/runtime';
import { Counter, Histogram, type Registry } from 'prom-client';
import { turnPublisher } from './turn-publisher.ts';

/**
 * Resolves once the broker has the record durably.
 * @throws SluiceError where it has not said so; the record may be in the log all the same
 */
export type Publish = (record: NewRecord) => Promise<void>;

/**
 * Hands the broker all records at once. Resolves with what became of each, in their order.
 * @throws SluiceError where the broker has none of them, or nothing is known of any
 */
export type PublishAll = (records: readonly OutgoingRecord[]) => Promise<readonly PublishResult[]>;

export interface PublishOptions {
  readonly publisher: Pick<Publisher, 'publish'>;
  /** Throws while the topics are not known to be there, lest the broker makes one in its own way. */
  readonly requireTopics: () => void;
  readonly metrics: Registry;
  readonly crash: CrashPoint;
}

/** Publishing as the routes need it: confirmed and measured. */
export function confirmedPublish(options: PublishOptions): {
  readonly publish: Publish;
  readonly publishAll: PublishAll;
} {
  const { publisher, requireTopics, metrics, crash } = options;
  const latency = new Histogram({
    name: 'publish_duration_seconds',
    help: 'From a record, or a batch of them, handed to the broker to its confirmation.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [metrics],
  });
  const failures = new Counter({
    name: 'publish_failures_total',
    help: 'Records that the broker did not confirm.',
    labelNames: ['code'],
    registers: [metrics],
  });
  const publishInTurn = turnPublisher(publisher);
  const failed = (error: unknown): SluiceError => {
    const failure = asSluiceError(error);
    failures.inc({ code: failure.code });
    return failure;
  };
  const begin = (): number => {
    requireTopics();
    crash('ingest.beforePublish');
    return performance.now();
  };
  const end = (startedAt: number): void => {
    latency.observe((performance.now() - startedAt) / 1000);
    crash('ingest.afterPublish');
  };
  return {
    async publish(record) {
      try {
        const startedAt = begin();
        const result = await publishInTurn(record);
        if (result.kind === 'failed') throw result.error;
        end(startedAt);
      } catch (error) {
        throw failed(error);
      }
    },
    async publishAll(records) {
      let results: readonly PublishResult[];
      try {
        const startedAt = begin();
        results = await publisher.publish(records);
        end(startedAt);
      } catch (error) {
        throw failed(error);
      }
      return results.map((result) =>
        result.kind === 'failed' ? { kind: 'failed', error: failed(result.error) } : result,
      );
    },
  };
}

/** What is not confirmed has failed, whatever the reason: an error of unknown origin must not look like a fault of ours. */
function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  return new SluiceError('unavailable', 'the broker did not confirm the record', { cause: error });
}
