import { Reader } from '../protocol/reader.ts';
import { MalformedFrameError } from '../protocol/types.ts';
import type { Roster } from './roster.ts';

/** The protocol type of consumers: only of theirs is it known that the metadata names topics. */
const CONSUMER = 'consumer';

interface Subscribers {
  readonly protocolType: string | null;
  readonly topics: ReadonlySet<string> | undefined;
}

export const isConsumer = ({ protocolType }: Subscribers): boolean => protocolType === CONSUMER;

/** Consumers whose topics cannot be read may be subscribed to any. */
export const isSubscribed = (subscribers: Subscribers, topic: string): boolean =>
  subscribers.topics?.has(topic) ?? isConsumer(subscribers);

/**
 * The topics that the members subscribe to; undefined where that cannot be known.
 *
 *     metadata = version int16, [topic string], …      the same start in every version
 */
export function subscribedTopics(
  roster: Roster,
  protocolType: string | null,
  protocolName: string | null,
): ReadonlySet<string> | undefined {
  if (protocolType !== CONSUMER) return undefined;
  const topics = new Set<string>();
  try {
    for (const member of roster.all) {
      const metadata = new Reader(member.metadataFor(protocolName));
      metadata.int16();
      for (const topic of metadata.array((reader) => reader.string())) topics.add(topic);
    }
  } catch (error) {
    if (error instanceof MalformedFrameError) return undefined;
    throw error;
  }
  return topics;
}
