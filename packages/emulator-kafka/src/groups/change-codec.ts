import { Reader } from '../protocol/reader.ts';
import { Writer } from '../protocol/writer.ts';
import type { Checkpoint, GroupChange, GroupImage, PartitionOffset, TopicOffsets, TopicPartitions } from './changes.ts';
import type { GroupSnapshot, MemberSnapshot } from './snapshot.ts';

/*
 * An entry of the groups' log, in the compact types of the Kafka protocol:
 *
 *     entry              = version int8, kind int8, one of
 *     offsets-committed  = group string, [topic-offsets]
 *     offsets-removed    = group string, [topic string, [partition int32]]
 *     group-saved        = group string, snapshot
 *     group-removed      = group string
 *     topic-removed      = topic string
 *     checkpoint         = [image bytes]
 *     image              = group string, has_snapshot boolean, snapshot?, [topic-offsets]
 *
 *     topic-offsets      = topic string, [partition int32, offset int64, leader_epoch int32, metadata string,
 *                          committed_at int64, expires_at int64 (-1: none)]
 *     snapshot           = generation int32, protocol_type string?, protocol_name string?, leader string?,
 *                          state_since int64 (-1: unknown), [id string, instance_id string?, client_id string,
 *                          client_host string, session_timeout int32, rebalance_timeout int32, metadata bytes,
 *                          assignment bytes]
 */
const VERSION = 1;

const KINDS = [
  'offsets-committed',
  'offsets-removed',
  'group-saved',
  'group-removed',
  'topic-removed',
  'checkpoint',
] as const satisfies readonly (GroupChange | Checkpoint)['kind'][];

const NONE = -1;

export function encodeEntry(entry: GroupChange | Checkpoint): Buffer {
  return encode((writer) => {
    writer.int8(VERSION);
    writer.int8(KINDS.indexOf(entry.kind));
    writeFields(writer, entry);
  });
}

function encode(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  writer.flexible = true;
  write(writer);
  return Buffer.concat(writer.finish());
}

function readerOf(bytes: Buffer): Reader {
  const reader = new Reader(bytes);
  reader.flexible = true;
  return reader;
}

function writeFields(writer: Writer, entry: GroupChange | Checkpoint): void {
  switch (entry.kind) {
    case 'offsets-committed':
      writer.string(entry.groupId);
      writer.array(entry.topics, writeTopicOffsets);
      break;
    case 'offsets-removed':
      writer.string(entry.groupId);
      writer.array(entry.topics, ({ topic, partitions }) => {
        writer.string(topic);
        writer.array(partitions, (partition) => writer.int32(partition));
      });
      break;
    case 'group-saved':
      writer.string(entry.groupId);
      writeSnapshot(writer, entry.snapshot);
      break;
    case 'group-removed':
      writer.string(entry.groupId);
      break;
    case 'topic-removed':
      writer.string(entry.topic);
      break;
    case 'checkpoint':
      writer.array(entry.groups, (image) => writer.bytes(encode((inner) => writeImage(inner, image))));
      break;
    default:
      entry satisfies never;
  }
}

/** @throws MalformedFrameError where the bytes are no entry, Error where they are one of a version not known here. */
export function decodeEntry(payload: Buffer): GroupChange | Checkpoint {
  const reader = readerOf(payload);
  const version = reader.int8();
  const kind = KINDS[reader.int8()];
  if (version !== VERSION || kind === undefined) {
    throw new Error(`the groups' log has an entry of version ${version}, only ${VERSION} is known`);
  }
  switch (kind) {
    case 'offsets-committed':
      return { kind, groupId: reader.string(), topics: reader.array(readTopicOffsets) };
    case 'offsets-removed':
      return { kind, groupId: reader.string(), topics: reader.array(readTopicPartitions) };
    case 'group-saved':
      return { kind, groupId: reader.string(), snapshot: readSnapshot(reader) };
    case 'group-removed':
      return { kind, groupId: reader.string() };
    case 'topic-removed':
      return { kind, topic: reader.string() };
    case 'checkpoint':
      return { kind, groups: reader.array(() => readImage(readerOf(reader.bytes()))) };
    default:
      return kind satisfies never;
  }
}

/** Each in bytes of its own, since what one reader takes is limited. */
function writeImage(writer: Writer, { groupId, snapshot, topics }: GroupImage): void {
  writer.string(groupId);
  writer.boolean(snapshot !== undefined);
  if (snapshot !== undefined) writeSnapshot(writer, snapshot);
  writer.array(topics, writeTopicOffsets);
}

function readImage(reader: Reader): GroupImage {
  const groupId = reader.string();
  const snapshot = reader.boolean() ? readSnapshot(reader) : undefined;
  return { groupId, snapshot, topics: reader.array(readTopicOffsets) };
}

function writeTopicOffsets({ topic, partitions }: TopicOffsets, writer: Writer): void {
  writer.string(topic);
  writer.array(partitions, ({ partition, offset, leaderEpoch, metadata, committedAtMs, expiresAtMs }) => {
    writer.int32(partition);
    writer.int64(offset);
    writer.int32(leaderEpoch);
    writer.string(metadata);
    writer.int64(committedAtMs);
    writer.int64(expiresAtMs ?? NONE);
  });
}

function readTopicOffsets(reader: Reader): TopicOffsets {
  return { topic: reader.string(), partitions: reader.array(readPartitionOffset) };
}

function readPartitionOffset(reader: Reader): PartitionOffset {
  return {
    partition: reader.int32(),
    offset: reader.int64(),
    leaderEpoch: reader.int32(),
    metadata: reader.string(),
    committedAtMs: reader.int64(),
    expiresAtMs: optional(reader.int64()),
  };
}

function readTopicPartitions(reader: Reader): TopicPartitions {
  return { topic: reader.string(), partitions: reader.array(() => reader.int32()) };
}

function writeSnapshot(writer: Writer, snapshot: GroupSnapshot): void {
  writer.int32(snapshot.generation);
  writer.nullableString(snapshot.protocolType);
  writer.nullableString(snapshot.protocolName);
  writer.nullableString(snapshot.leader);
  writer.int64(snapshot.stateSinceMs ?? NONE);
  writer.array(snapshot.members, (member) => {
    writer.string(member.id);
    writer.nullableString(member.instanceId);
    writer.string(member.clientId);
    writer.string(member.clientHost);
    writer.int32(member.sessionTimeoutMs);
    writer.int32(member.rebalanceTimeoutMs);
    writer.bytes(member.metadata);
    writer.bytes(member.assignment);
  });
}

function readSnapshot(reader: Reader): GroupSnapshot {
  return {
    generation: reader.int32(),
    protocolType: reader.nullableString(),
    protocolName: reader.nullableString(),
    leader: reader.nullableString(),
    stateSinceMs: optional(reader.int64()),
    members: reader.array(readMember),
  };
}

function readMember(reader: Reader): MemberSnapshot {
  return {
    id: reader.string(),
    instanceId: reader.nullableString(),
    clientId: reader.string(),
    clientHost: reader.string(),
    sessionTimeoutMs: reader.int32(),
    rebalanceTimeoutMs: reader.int32(),
    metadata: Buffer.from(reader.bytes()),
    assignment: Buffer.from(reader.bytes()),
  };
}

const optional = (value: number): number | undefined => (value === NONE ? undefined : value);
