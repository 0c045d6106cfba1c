import { AssignerProtocol, type Assignment, type GroupMember, type PartitionAssigner } from 'kafkajs';
import type { KafkaCluster } from '../client/kafkajs.ts';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const VERSION = 0;

/**
 * Deals the partitions out one by one, each to the next member that subscribed to its topic; kafkajs' own gives members
 * partitions of topics that they did not ask for, which then nobody reads. Same name, order and formats as the Java
 * client's RoundRobinAssignor and librdkafka's `roundrobin`, so that a group may mix them.
 * @param adopt gets the consumer's cluster, which kafkajs hands to assigners alone
 */
export function roundRobinAssigner(
  adopt: (cluster: Parameters<PartitionAssigner>[0]['cluster']) => KafkaCluster,
): PartitionAssigner {
  return ({ cluster: given }) => {
    const cluster = adopt(given);
    return {
      name: 'roundrobin',
      version: VERSION,
      protocol: ({ topics }) => ({
        name: 'roundrobin',
        metadata: MemberMetadata.encode({ version: VERSION, topics: topics.toSorted(), userData: Buffer.of() }),
      }),
      assign: async ({ members }) => {
        const subscriptions = new Map(members.map((member) => [member.memberId, topicsOf(member)]));
        const topics = [...new Set([...subscriptions.values()].flatMap((names) => [...names]))].sort();
        for (const topic of topics) cluster.targetTopics.add(topic);
        await cluster.refreshMetadata();
        const partitions = topics.flatMap((topic) =>
          cluster
            .findTopicPartitionMetadata(topic)
            .map(({ partitionId }) => ({ topic, partition: partitionId }))
            .sort((a, b) => a.partition - b.partition),
        );
        return [...dealOut(partitions, subscriptions)].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.of() }),
        }));
      },
    };
  };
}

function topicsOf({ memberMetadata }: GroupMember): ReadonlySet<string> {
  return new Set(MemberMetadata.decode(memberMetadata)?.topics);
}

/** @param partitions sorted, each with a subscriber */
export function dealOut(
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  subscriptions: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, Assignment> {
  const members = [...subscriptions.keys()].sort();
  const assignments = new Map(members.map((member): [string, Assignment] => [member, {}]));
  let turn = 0;
  for (const { topic, partition } of partitions) {
    while (!subscriptions.get(members[turn % members.length] ?? '')?.has(topic)) turn++;
    const assignment = assignments.get(members[turn++ % members.length] ?? '') ?? {};
    assignment[topic] = [...(assignment[topic] ?? []), partition];
  }
  return assignments;
}
