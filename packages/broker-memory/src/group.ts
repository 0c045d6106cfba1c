import type { TopicPartition } from '@sluice/core';

/** What a group needs to know of its log: a type of its own, as the log knows its groups. */
interface Topics {
  partitionsOf(topic: string): number;
}

/** One run of a subscription, as its group sees it. */
export interface Member {
  readonly topics: readonly string[];
  /** Takes everything away; resolves when nothing is in hand any more. */
  revoke(): Promise<void>;
  assign(partitions: readonly TopicPartition[]): void;
}

/** Shares partitions among members: whenever one comes or goes, all give theirs back, and all get new ones. */
export class Group {
  /** The next offset of each partition, as members reported it: for others to watch, never where to go on. */
  readonly committed = new Map<string, number>();
  readonly #topics: Topics;
  readonly #members = new Set<Member>();
  #sharing: Promise<void> = Promise.resolve();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  async join(member: Member): Promise<void> {
    this.#members.add(member);
    await this.#share();
  }

  async leave(member: Member): Promise<void> {
    this.#members.delete(member);
    await this.#share();
  }

  async #share(): Promise<void> {
    this.#sharing = this.#sharing.then(async () => {
      await Promise.all([...this.#members].map((member) => member.revoke()));
      for (const [member, partitions] of this.#dealOut()) member.assign(partitions);
    });
    await this.#sharing;
  }

  /** One by one, each partition to the next member that subscribed to its topic. */
  #dealOut(): ReadonlyMap<Member, readonly TopicPartition[]> {
    const members = [...this.#members];
    const shares = new Map(members.map((member): [Member, TopicPartition[]] => [member, []]));
    const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
    let turn = 0;
    for (const topic of topics) {
      const takers = members.filter((member) => member.topics.includes(topic));
      for (let partition = 0; partition < this.#topics.partitionsOf(topic); partition++) {
        const taker = takers[turn++ % takers.length];
        if (taker) shares.get(taker)?.push({ topic, partition });
      }
    }
    return shares;
  }
}
