import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { encoded, pubsub } from '../grpc/protos.ts';
import type { MessageLog } from '../storage/storage.ts';
import { type Change, readRecord, record } from './records.ts';

export type TopicProto = google.pubsub.v1.ITopic;

/** A topic, and where its messages lie. */
export interface Topic {
  readonly name: string;
  readonly messagesId: string;
  readonly log: MessageLog;
  /** Never changed in place. */
  proto: TopicProto;
}

export interface TopicNotes {
  readonly messagesId: string;
}

export const topicRecord = ({ name, messagesId, proto }: Omit<Topic, 'log'>): Change =>
  record(name, { messagesId } satisfies TopicNotes, encoded(pubsub.Topic, proto));

export function readTopic(value: Buffer): Omit<Topic, 'log'> {
  const { notes, resource } = readRecord<TopicNotes>(value);
  const proto = pubsub.Topic.decode(resource);
  return { name: proto.name, messagesId: notes.messagesId, proto };
}
