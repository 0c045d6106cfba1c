import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import type { Delivery } from '../delivery/delivery.ts';
import { failedPrecondition, notFound, shown } from '../grpc/errors.ts';
import { encoded, pubsub } from '../grpc/protos.ts';
import type { RpcError } from '../grpc/rpc-error.ts';
import type { AckLog, MessageLog } from '../storage/storage.ts';
import { type Change, readRecord, record } from './records.ts';
import type { TopicProto } from './topic.ts';

export type SubscriptionProto = google.pubsub.v1.ISubscription;

/** What a subscription that is attached to messages has of its own. */
export interface Attachment {
  readonly messagesId: string;
  readonly log: MessageLog;
  readonly acks: AckLog;
  readonly delivery: Delivery;
  /** Pushes to the endpoint, where the subscription has one. */
  push: AsyncDisposable | undefined;
}

export interface SubscriptionNotes {
  /** Names its acknowledgements in the store, and itself in ack ids. */
  readonly acksId: string;
  /** Absent where it is detached. */
  readonly messagesId?: string;
  /** The end of its topic when it was created. */
  readonly firstOffset: number;
}

/** As it lies in the store. */
export type StoredSubscription = SubscriptionNotes & { readonly proto: SubscriptionProto & { readonly name: string } };

export class Subscription {
  readonly name: string;
  readonly acksId: string;
  readonly firstOffset: number;
  /** Never changed in place. */
  proto: SubscriptionProto;
  /** Undefined where it is detached. */
  attachment: Attachment | undefined;
  /** When somebody last asked for something, in ms since the epoch; lost in a restart. */
  lastActiveMs: number;
  /** How to end the streams that are open on it. */
  readonly #streams = new Set<(reason: RpcError) => void>();

  constructor({ acksId, firstOffset, proto }: StoredSubscription, nowMs: number) {
    this.name = proto.name;
    this.acksId = acksId;
    this.firstOffset = firstOffset;
    this.proto = proto;
    this.lastActiveMs = nowMs;
  }

  get isInUse(): boolean {
    return this.#streams.size > 0 || this.attachment?.push !== undefined;
  }

  /** @throws RpcError `FAILED_PRECONDITION` where it is detached. */
  attached(): Attachment {
    if (this.attachment === undefined) throw detached(this.name);
    return this.attachment;
  }

  /** Returns the way to say that the stream has ended. */
  addStream(end: (reason: RpcError) => void): () => void {
    this.#streams.add(end);
    return () => this.#streams.delete(end);
  }

  endStreams(reason: RpcError): void {
    for (const end of this.#streams) end(reason);
  }
}

export const detached = (name: string): RpcError =>
  failedPrecondition(`The subscription is detached from its topic (resource=${shown(name)}).`);

/** What those who still read from a subscription are told when it is deleted. */
export const deleted = (name: string): RpcError => notFound(name);

/** Whether messages are fetched, and not sent somewhere. */
export const isPulled = ({
  pushConfig,
  bigqueryConfig,
  cloudStorageConfig,
  bigtableConfig,
}: SubscriptionProto): boolean =>
  !pushConfig?.pushEndpoint && !bigqueryConfig && !cloudStorageConfig && !bigtableConfig;

export function subscriptionRecord({ proto, ...notes }: StoredSubscription): Change {
  return record(proto.name, notes satisfies SubscriptionNotes, encoded(pubsub.Subscription, proto));
}

export function readSubscription(value: Buffer): StoredSubscription {
  const { notes, resource } = readRecord<SubscriptionNotes>(value);
  return { ...notes, proto: pubsub.Subscription.decode(resource) };
}

/** A subscription with what it says of its topic. */
export function withRetention(proto: SubscriptionProto, { messageRetentionDuration }: TopicProto): SubscriptionProto {
  const { topicMessageRetentionDuration: _, ...rest } = proto;
  return messageRetentionDuration ? { ...rest, topicMessageRetentionDuration: messageRetentionDuration } : rest;
}
