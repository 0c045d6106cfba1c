import type { CommittedOffset, TopicPartitions } from './changes.ts';
import type { Group } from './group.ts';
import type { GroupLog } from './group-log.ts';
import type { GroupRegistry } from './registry.ts';
import { isConsumer, isSubscribed } from './subscription.ts';

/**
 * Removes offsets that nobody needs any more, and empty groups without offsets (KIP-211): those of an empty group once
 * it has been empty for the retention time, those of a topic that the group no longer subscribes to, and those of a group
 * without members ever, once their own commit is as old.
 */
export async function expireOffsets(
  groups: GroupRegistry,
  log: GroupLog,
  nowMs: number,
  retentionMs: number,
): Promise<void> {
  for (const group of groups.all) {
    const sinceMs = expirySince(group);
    const topics = log.table.offsets(group.id).map(({ topic, partitions }): TopicPartitions => {
      const isExpired = (offset: CommittedOffset): boolean =>
        sinceMs !== undefined &&
        !isSubscribed(group.generation, topic) &&
        nowMs >= (offset.expiresAtMs ?? sinceMs(offset) + retentionMs);
      return { topic, partitions: partitions.filter(isExpired).map(({ partition }) => partition) };
    });
    const expired = topics.filter(({ partitions }) => partitions.length > 0);
    if (expired.length > 0) await log.append({ kind: 'offsets-removed', groupId: group.id, topics: expired });
    const isUseless = group.state === 'Empty' && log.table.offsets(group.id).length === 0;
    if (isUseless && groups.get(group.id) === group) await groups.remove(group);
  }
}

/** From when on the retention time of an offset counts; undefined where none of the group's offsets expires. */
function expirySince(group: Group): ((offset: CommittedOffset) => number) | undefined {
  const { state, stateSinceMs, generation } = group;
  if (generation.protocolType === null) return ({ committedAtMs }) => committedAtMs;
  if (state === 'Empty') return () => stateSinceMs;
  const isKnown = state === 'Stable' && isConsumer(generation) && generation.topics !== undefined;
  return isKnown ? ({ committedAtMs }) => committedAtMs : undefined;
}
