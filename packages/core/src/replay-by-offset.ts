import { SluiceError } from './errors.ts';

/** How an adapter with offsets answers `seek` and snapshots, which belong to brokers that replay by time or snapshot. */
export function refusesReplay(broker: string): () => Promise<never> {
  return async () => {
    throw new SluiceError(
      'misconfigured',
      `${broker} has no time or snapshot to bring a group back to: the store's position says where a group reads on, and ` +
        'a new group reads from the beginning',
    );
  };
}
