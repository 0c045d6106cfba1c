import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { encoded, pubsub } from '../grpc/protos.ts';
import type { AckState } from '../storage/storage.ts';
import { type Change, readRecord, record } from './records.ts';

export type SnapshotProto = google.pubsub.v1.ISnapshot;

/** What was acknowledged at a moment; it holds the messages that were not, and all that come after. */
export interface Snapshot {
  readonly name: string;
  readonly messagesId: string;
  readonly state: AckState;
  readonly createdMs: number;
  /** Never changed in place. */
  readonly proto: SnapshotProto;
}

type SnapshotNotes = Pick<Snapshot, 'messagesId' | 'state' | 'createdMs'>;

export const snapshotRecord = ({ name, proto, messagesId, state, createdMs }: Snapshot): Change =>
  record(name, { messagesId, state, createdMs } satisfies SnapshotNotes, encoded(pubsub.Snapshot, proto));

export function readSnapshot(value: Buffer): Snapshot {
  const { notes, resource } = readRecord<SnapshotNotes>(value);
  const proto = pubsub.Snapshot.decode(resource);
  return { name: proto.name, ...notes, proto };
}
