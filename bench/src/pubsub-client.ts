import { randomBytes } from 'node:crypto';
import { type Message, PubSub } from '@google-cloud/pubsub';

/** What every side has in hand at most: the stock client's way of saying how far to pull ahead. */
export const MAX_MESSAGES = 1_000;
const BYTES = 200;
const LANES = 4;
const LANE_MESSAGES = 2_000;

// It would look for Google's metadata server otherwise, which no emulator needs.
process.env.METADATA_SERVER_DETECTION = 'none';

export function pubSubClient(address: string): PubSub {
  return new PubSub({ projectId: 'sluice', apiEndpoint: address, emulatorMode: true });
}

/** Makes a topic with a subscription. */
export async function makeTopic(pubsub: PubSub, name: string): Promise<void> {
  const [topic] = await pubsub.createTopic(name);
  await topic.createSubscription(name, { ackDeadlineSeconds: 60 });
}

/** How long the client gathers acknowledgements: its default of 100 ms would be all that is measured. */
const ACK_DELAY_MS = 10;

/** Publishes messages of 200 bytes in the client's own batches. @returns messages per second, all of them confirmed */
export async function publish(pubsub: PubSub, topicName: string, count: number): Promise<number> {
  const topic = pubsub.topic(topicName, { batching: { maxMessages: 1_000, maxMilliseconds: 5 } });
  const data = randomBytes(BYTES);
  let left = count;
  // So many at a time: all of them at once would measure how the client copes with a list of all, one batch the way there.
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const part = Math.min(LANE_MESSAGES, left);
      left -= part;
      await Promise.all(Array.from({ length: part }, () => topic.publishMessage({ data })));
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: LANES }, lane));
  return count / ((performance.now() - startedAt) / 1000);
}

/**
 * Pulls and acknowledges, until so many have come or the time is up.
 * @returns messages per second, from the first to the last
 */
export async function pull(pubsub: PubSub, subscription: string, count: number, mostMs: number): Promise<number> {
  const pulling = pubsub.subscription(subscription, {
    flowControl: { maxMessages: MAX_MESSAGES },
    batching: { maxMilliseconds: ACK_DELAY_MS },
  });
  const done = Promise.withResolvers<void>();
  let seen = 0;
  let firstAt = 0;
  let lastAt = 0;
  pulling.on('error', done.reject);
  pulling.on('message', (message: Message) => {
    message.ack();
    lastAt = performance.now();
    if (seen++ === 0) firstAt = lastAt;
    if (seen === count) done.resolve();
  });
  const timer = setTimeout(done.resolve, mostMs);
  await done.promise;
  clearTimeout(timer);
  await pulling.close();
  return (seen - 1) / ((lastAt - firstAt) / 1000);
}
