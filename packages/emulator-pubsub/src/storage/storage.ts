import type { MessageIds } from './message-ids.ts';

/**
 * All that the emulator keeps, on disk or in memory. What a promise here says is done is durable: it is there after
 * `kill -9` where there is a directory. Disposing of it closes whatever is open.
 *
 * Where the disk has no room, a call rejects with a LogError `no-space`, and later ones may succeed. Where what the disk
 * holds is unknown or damaged, calls reject, and the owner of the storage was told once that it is broken.
 */
export interface Storage extends AsyncDisposable {
  readonly resources: ResourceStore;
  /**
   * Opens the messages of a topic, made empty where there are none.
   * @throws RangeError where `id` is not of 1 to 100 characters a to z, 0 to 9, `-` and `_`, or is open already.
   */
  openMessages(id: string): Promise<MessageLog>;
  /** Opens what a subscription has acknowledged, made empty where there is nothing. As for `id`, like `openMessages`. */
  openAcks(id: string): Promise<AckLog>;
  /** Removes all, closing it where it is open. What is not there is fine. */
  removeMessages(id: string): Promise<void>;
  removeAcks(id: string): Promise<void>;
  /** Removes whatever belongs to no resource any more: what a crash left between the removal of a resource and of its data. */
  retainOnly(kept: { readonly messages: ReadonlySet<string>; readonly acks: ReadonlySet<string> }): Promise<void>;
}

/** Small things by key: topics, subscriptions, snapshots, schemas, policies, each as bytes that its owner understands. */
export interface ResourceStore {
  entries(): Iterable<readonly [key: string, value: Buffer]>;
  get(key: string): Buffer | undefined;
  /** Changes all of them or none; null removes. Calls take effect in their order. Resolves when durable. */
  write(changes: readonly { readonly key: string; readonly value: Buffer | null }[]): Promise<void>;
}

/** A message as a publisher sends it. */
export interface NewMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty where it has none. */
  readonly orderingKey: string;
}

/**
 * Messages as a publisher's client encodes them, each a `google.pubsub.v1.PubsubMessage` in `bytes` that has its fields in
 * the order of their numbers, and neither id nor time.
 */
export interface EncodedMessages {
  readonly bytes: Buffer;
  /** Three numbers of each: where it begins, where id and time belong (behind data and attributes), and where it ends. */
  readonly spans: readonly number[];
}

/** A message as it lies in its topic. */
export interface StoredMessage extends NewMessage {
  /** Counts up from 0 in its topic, without gaps. */
  readonly offset: number;
  /** Digits. Unique in the server, also after the topic was deleted and made anew. */
  readonly messageId: string;
  /** In µs since the epoch; never less than that of the message before. */
  readonly publishTimeUs: number;
  /** The whole as `google.pubsub.v1.PubsubMessage`, with id and time: what an answer to a subscriber holds. */
  readonly encoded: Buffer;
}

/** How much to read: at least one message where there is one, else up to `maxMessages` and about `maxBytes`. */
export interface ReadLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/**
 * The messages of a topic, in order. `append` gives offsets, ids and times in the order of the calls and resolves once
 * all of them are durable; only what is durable can be read.
 */
export interface MessageLog extends AsyncDisposable {
  /** The first offset still kept. */
  readonly startOffset: number;
  /** The offset of the next durable message. */
  readonly endOffset: number;
  append(
    messages: readonly NewMessage[],
  ): Promise<readonly { readonly messageId: string; readonly publishTimeUs: number }[]>;
  /** The same for those that are encoded, at least one. Their bytes are not looked at after the call has returned. */
  appendEncoded(messages: EncodedMessages): Promise<MessageIds>;
  /**
   * Messages from `offset` on, or from `startOffset` on where that is beyond it; none at the end. What is new is answered
   * from memory.
   */
  read(offset: number, limits: ReadLimits): Promise<readonly StoredMessage[]>;
  /** The same where the messages are at hand without the disk; else undefined, and `read` has to be asked. */
  readNow(offset: number, limits: ReadLimits): readonly StoredMessage[] | undefined;
  /** The first offset whose message was published at or after the time; `endOffset` where there is none. */
  offsetAt(publishTimeUs: number): Promise<number>;
  /**
   * Calls the listener, which must not throw, synchronously whenever `endOffset` has moved: before `append` resolves, in
   * memory even before it returns. Returns the way to stop that.
   */
  onAppended(listener: () => void): () => void;
  /** Lets what lies before the offset go, as far as that is cheap; `startOffset` says how far. */
  trimBefore(offset: number): Promise<void>;
}

/** Which messages of its topic a subscription need not deliver: all below `below`, and those in `ranges`. */
export interface AckState {
  readonly below: number;
  /** Beyond `below`, sorted, apart from each other: `[from, to)` each. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/**
 * What a subscription has acknowledged. Whoever does not need to know when it is durable need not wait: a promise that is
 * rejected and that nobody looks at does no harm. What could not be written stays acknowledged as long as this is open,
 * and the next write that succeeds brings it to the disk with its own.
 */
export interface AckLog extends AsyncDisposable {
  /** Undefined in a log that is new. The same object until something changes. */
  state(): AckState | undefined;
  /** Whether the offset is acknowledged, promised or durable. */
  has(offset: number): boolean;
  /** Adds to what is acknowledged: at once for `has` and `state`, durably when the promise resolves. */
  add(offsets: readonly number[]): Promise<void>;
  /** Puts another state in place of all that was, as `add` does: at once, and durably later. */
  replace(state: AckState): Promise<void>;
}
