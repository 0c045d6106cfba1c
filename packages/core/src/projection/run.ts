import type { Broker } from '../broker.ts';
import { Projector, type ProjectorOptions } from './projector.ts';

export interface ProjectionOptions extends Omit<ProjectorOptions, 'admin'> {
  readonly broker: Broker;
  /** What the broker knows the group by, where that is not the store's name for it. */
  readonly brokerGroup?: string;
  /** How many partitions are projected at once. Default 4. */
  readonly maxConcurrency?: number;
}

/**
 * Projects the streams' topics into the store as a member of the group, until the signal aborts; the transactions
 * in hand are finished first.
 * @throws SluiceError where going on would skip or double records (`log-mismatch`, `log-truncated`), and whatever no
 * waiting mends.
 */
export async function runProjection({
  broker,
  brokerGroup,
  maxConcurrency = 4,
  ...options
}: ProjectionOptions): Promise<void> {
  await broker.subscriber.run({
    group: brokerGroup ?? options.group,
    topics: options.streams.map(({ topic }) => topic),
    handler: new Projector({ ...options, admin: broker.admin }),
    signal: options.signal,
    maxConcurrency,
  });
}
