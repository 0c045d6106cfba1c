import { invalid, invalidArgument } from '../../grpc/errors.ts';
import { Empty, pubsub } from '../../grpc/protos.ts';
import { applyMask, type MaskedType } from '../../resources/field-mask.ts';
import { checkLabels } from '../../resources/labels.ts';
import { checkName, checkProject, projectOf } from '../../resources/names.ts';
import { page } from '../../resources/paging.ts';
import { removeSnapshot } from '../../resources/remove.ts';
import { type SnapshotProto, snapshotRecord } from '../../resources/snapshot.ts';
import { checkTimestampUs } from '../../resources/times.ts';
import { define } from '../define.ts';
import { LONGEST_SNAPSHOT_MS } from './create-snapshot.ts';

/** GetSnapshot. */
export const getSnapshot = define({
  path: 'google.pubsub.v1.Subscriber/GetSnapshot',
  request: pubsub.GetSnapshotRequest,
  response: pubsub.Snapshot,
  handle: ({ snapshot }, { service }) => service.snapshots.get(checkName('snapshots', 'snapshot', snapshot)).proto,
});

/** ListSnapshots, in the order of the names. */
export const listSnapshots = define({
  path: 'google.pubsub.v1.Subscriber/ListSnapshots',
  request: pubsub.ListSnapshotsRequest,
  response: pubsub.ListSnapshotsResponse,
  handle(request, { service }) {
    const project = checkProject('project', request.project);
    const inProject = [...service.snapshots.values()].filter(({ name }) => projectOf(name) === project);
    const { items, nextPageToken } = page(inProject, ({ name }) => name, request);
    return { snapshots: items.map(({ proto }) => proto), nextPageToken };
  },
});

const SNAPSHOT: MaskedType = {
  name: 'Snapshot',
  mutable: ['labels', 'expire_time'],
  immutable: ['name', 'topic'],
};

/** UpdateSnapshot: labels, and the time at which it expires, up to 7 days after it was made. */
export const updateSnapshot = define({
  path: 'google.pubsub.v1.Subscriber/UpdateSnapshot',
  request: pubsub.UpdateSnapshotRequest,
  response: pubsub.Snapshot,
  handle({ snapshot: update, updateMask }, { service }) {
    if (!update) throw invalidArgument('snapshot');
    const name = checkName('snapshots', 'snapshot.name', update.name ?? '');
    return service.turns.take(async () => {
      const snapshot = service.snapshots.get(name);
      const { updated, paths } = applyMask<SnapshotProto>(SNAPSHOT, snapshot.proto, update, updateMask);
      checkLabels(updated.labels);
      if (paths.has('expire_time')) {
        const expireMs = checkTimestampUs('expire_time', updated.expireTime ?? {}) / 1000;
        if (expireMs <= service.clock.now() || expireMs > snapshot.createdMs + LONGEST_SNAPSHOT_MS) {
          throw invalid('expire_time must be in the future, and at most 7 days after the snapshot was made.');
        }
      }
      const changed = { ...snapshot, proto: updated };
      await service.storage.resources.write([snapshotRecord(changed)]);
      service.snapshots.set(name, changed);
      return updated;
    });
  },
});

/** DeleteSnapshot. What it alone kept of its topic's messages goes. */
export const deleteSnapshot = define({
  path: 'google.pubsub.v1.Subscriber/DeleteSnapshot',
  request: pubsub.DeleteSnapshotRequest,
  response: Empty,
  handle({ snapshot }, { service }) {
    const name = checkName('snapshots', 'snapshot', snapshot);
    return service.turns.take(async () => {
      await removeSnapshot(service, service.snapshots.get(name));
      return {};
    });
  },
});
