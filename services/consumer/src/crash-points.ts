import type { Broker, StoreWriter, SubscriptionHandler } from '@sluice/core';
import type { CrashPoint } from '@sluice/runtime';

/** The broker, with a crash point where a batch was fetched and nothing is done about it yet. */
export function brokerWithCrashPoints(broker: Broker, crash: CrashPoint): Broker {
  const watched = (handler: SubscriptionHandler): SubscriptionHandler => ({
    assigned: (partitions) => handler.assigned(partitions),
    handle: (batch, signal) => {
      crash('consumer.afterFetch');
      return handler.handle(batch, signal);
    },
  });
  return {
    capabilities: broker.capabilities,
    publisher: broker.publisher,
    admin: broker.admin,
    subscriber: { run: (options) => broker.subscriber.run({ ...options, handler: watched(options.handler) }) },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

/** The writer, with crash points inside the transaction, and after its commit but before the broker's. */
export function writerWithCrashPoints(writer: StoreWriter, crash: CrashPoint): StoreWriter {
  return {
    positions: (group) => writer.positions(group),
    furthestPositions: (topics) => writer.furthestPositions(topics),
    async apply(batch) {
      const applied = writer.apply(batch);
      // By then the first statement is on its way, and the answer to it is not back.
      const inside = setImmediate(() => crash('consumer.insideTransaction'));
      try {
        const outcomes = await applied;
        crash('consumer.afterCommit');
        return outcomes;
      } finally {
        clearImmediate(inside);
      }
    },
  };
}
