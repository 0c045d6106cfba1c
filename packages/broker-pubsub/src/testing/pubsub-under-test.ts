import { randomUUID } from 'node:crypto';
import type { BrokerUnderTest, ForeignRecord } from '@sluice/contract-tests';
import { waitFor } from '@sluice/testing';
import { newPublisherClient, once } from '../client/client.ts';
import { openPubSubBroker, type PubSubBrokerOptions } from '../index.ts';

/** The settings that the suite runs with: a small queue. */
export const TEST_OPTIONS = { maxQueuedRecords: 5_000, leaseSeconds: 10 } as const;

/** What Pub/Sub can do, and the emulator of it. */
export const PUBSUB_FEATURES = {
  offsets: false,
  anyBytes: false,
  replays: true,
  largestValueBytes: 9_998_000,
  maxQueuedRecords: TEST_OPTIONS.maxQueuedRecords,
  memberTimeoutMs: TEST_OPTIONS.leaseSeconds * 1_000,
} as const;

/**
 * Google's fake keeps nothing that was acknowledged, has no snapshots, and takes gRPC's default of 4 MiB for a request
 * (`seek` even brings it down: it makes messages without contents, and then reads them).
 */
export const PSTEST_FEATURES = { ...PUBSUB_FEATURES, replays: false, largestValueBytes: 4_100_000 } as const;

/** A broker on an emulator or a fake, in a project of its own, and a client that knows nothing of Sluice. */
export async function pubSubUnderTest(
  /** `host:port` */
  address: string,
  options: Partial<PubSubBrokerOptions> = {},
): Promise<BrokerUnderTest> {
  const projectId = `project-${randomUUID().slice(0, 8)}`;
  const open = () => openPubSubBroker({ projectId, emulatorHost: address, ...TEST_OPTIONS, ...options });
  const other = newPublisherClient({
    projectId,
    emulatorHost: address,
    clientId: 'other',
    requestTimeoutMs: 5_000,
    log: () => {},
  });
  const broker = await open();
  // A container's port is open before there is anybody behind it.
  await waitFor('Pub/Sub', () => broker.admin.ping().then(() => true), { timeoutMs: 60_000 });
  return {
    broker,
    openAnother: open,
    produceForeign: async ({ topic, key, value, headers }: ForeignRecord) => {
      const attributes = Object.fromEntries(headers.map(({ name, value: text }) => [name, String(text ?? '')]));
      const message = { data: value, attributes, orderingKey: key?.toString() ?? '' };
      const request = { topic: `projects/${projectId}/topics/${topic}`, messages: [message] };
      await (await other.api()).publish(request, once(5_000));
    },
    committedOffsets: hasNoOffsets,
    commitOffset: hasNoOffsets,
    recreateTopic: hasNoOffsets,
    [Symbol.asyncDispose]: async () => {
      await broker[Symbol.asyncDispose]();
      other.close();
    },
  };
}

const hasNoOffsets = async (): Promise<never> => {
  throw new TypeError('only a broker with offsets is asked for this');
};
