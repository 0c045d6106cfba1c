import type { Broker, RecordHeader } from '@sluice/core';

/** A broker, and ways behind the port's back. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly broker: Broker;
  /** Opens the same log once more, as another process would. Whoever asks closes it. */
  openAnother(): Promise<Broker>;
  /** Writes a record as a client that knows nothing of Sluice. */
  produceForeign(record: ForeignRecord): Promise<void>;
  /** What the broker itself keeps as the group's next offsets, by partition. Only with `features.offsets`. */
  committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** Sets that, as an operator may while the group has no members. Only with `features.offsets`. */
  commitOffset(group: string, topic: string, partition: number, offset: number): Promise<void>;
  /** Deletes a topic and makes it anew, empty, under a reader. Only with `features.offsets`. */
  recreateTopic(topic: string, partitions: number): Promise<void>;
}

export interface ForeignRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly timestampMs: number;
}

export interface BrokerFeatures {
  /** As in the broker's `capabilities`. */
  readonly offsets: boolean;
  /** Keys, values and headers may be any bytes or none, and names of headers may repeat. False: texts, each name once. */
  readonly anyBytes: boolean;
  /** What was published before a group came into being is there for it, and a group can be brought back to it. */
  readonly replays: boolean;
  /** A value of this size is taken, with a short key and few headers; one that is 10 % larger is not. */
  readonly largestValueBytes: number;
  /** More records than this in one call are refused. */
  readonly maxQueuedRecords: number;
  /** How long a member may be silent before the group goes on without it. */
  readonly memberTimeoutMs: number;
}

export interface BrokerContractOptions {
  readonly name: string;
  readonly features: BrokerFeatures;
  readonly open: () => Promise<BrokerUnderTest>;
}

/** What the cases of one run of the suite share. */
export interface BrokerCases {
  readonly features: BrokerFeatures;
  /** The one broker that the cases share; each has topics and groups of its own. */
  under(): BrokerUnderTest;
}
