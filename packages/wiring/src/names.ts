import { quoted } from '@sluice/core';
import { always, faulty, optional, refined, type Setting, settings, valid, variable } from '@sluice/runtime';
import { type BrokerKind, brokerKindIn, byBroker } from './broker-kind.ts';

interface NameRule {
  readonly rule: string;
  readonly pattern: RegExp;
}

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const PUBSUB_ID: NameRule = {
  rule:
    'be 3 to 255 letters, digits, hyphens, dots, underscores, tildes, plus or percent signs, the first a letter, and not ' +
    'begin with "goog"',
  pattern: /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/,
};

/** As long as what is behind it in a subscription's id may be: a client's name and an event's. */
const LONGEST_CLIENT_TOPIC = 127;
const LONGEST_PUBSUB_ID = 255;

const TOPIC: Readonly<Record<BrokerKind, NameRule>> = {
  kafka: {
    rule: 'be 1 to 249 letters, digits, dots, underscores or hyphens, other than "." and ".."',
    pattern: /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/,
  },
  pubsub: PUBSUB_ID,
};

const GROUP: Readonly<Record<BrokerKind, NameRule>> = {
  // Kafka takes any text, but what cannot be seen cannot be told apart.
  kafka: { rule: 'be 1 to 249 printable ASCII characters without spaces', pattern: /^[\x21-\x7e]{1,249}$/ },
  pubsub: {
    rule:
      `be 1 to ${LONGEST_CLIENT_TOPIC} letters, digits, hyphens, dots, underscores, tildes, plus or percent signs, the ` +
      'first a letter, and not begin with "goog", since the ids of its subscriptions begin with it',
    pattern: /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{0,126}$/,
  },
};

/** The name of a topic, by the rules of the broker. */
export const topicName = (name: string, fallback: string): Setting<string> => checkedName(TOPIC, name, fallback);

/** The name of a consumer group, by the rules of the broker. */
export const groupName = (name: string, fallback: string): Setting<string> => checkedName(GROUP, name, fallback);

function checkedName(rules: Readonly<Record<BrokerKind, NameRule>>, name: string, fallback: string): Setting<string> {
  const checked = ({ rule, pattern }: NameRule) =>
    variable({ name, rule, parse: (text) => (pattern.test(text) ? text : undefined), fallback });
  return byBroker({ kafka: checked(rules.kafka), pubsub: checked(rules.pubsub) }, always(fallback));
}

/** The group of whoever names none. */
const DEFAULT_GROUP = 'timestamp-consumer-service';

/** The built-in streams' topics. */
export interface BuiltInTopics {
  readonly timestamps: string;
  readonly activityEvents: string;
  readonly activities: string;
  readonly control: string;
}

/** What a group reads. */
export interface GroupNames {
  readonly topics: BuiltInTopics;
  readonly group: string;
  /** The id of its subscription to a topic on Pub/Sub, where that is not `<group>.<topic>`. */
  readonly subscriptionId: (group: string, topic: string) => string | undefined;
}

/**
 * The topics that the consumer reads, and its group: `KAFKA_CONSUMER_TOPIC` and `TOPIC_ID`, `KAFKA_GROUP_ID`, whatever the
 * broker; on Pub/Sub also `SUBSCRIPTION_ID`, the default group's subscription to the topic of table transactions.
 * @param defaults what they are called without any of these
 */
export function groupNames(defaults: BuiltInTopics): Setting<GroupNames> {
  const named = settings({
    topics: settings({
      timestamps: topicName('KAFKA_CONSUMER_TOPIC', defaults.timestamps),
      activityEvents: always(defaults.activityEvents),
      activities: topicName('TOPIC_ID', defaults.activities),
      control: always(defaults.control),
    }),
    // A new one reads every topic from its beginning, and so restores every row.
    group: groupName('KAFKA_GROUP_ID', DEFAULT_GROUP),
    subscription: byBroker({ kafka: NOTHING, pubsub: SUBSCRIPTION_ID }, NOTHING),
  });
  const whole = refined(named, ({ topics, group, subscription }) =>
    valid<GroupNames>({
      topics,
      group,
      subscriptionId: (asked, topic) =>
        asked === DEFAULT_GROUP && topic === topics.activities ? subscription : undefined,
    }),
  );
  return {
    read(environment) {
      const result = whole.read(environment);
      if (result.kind === 'faulty' || brokerKindIn(environment) !== 'pubsub') return result;
      const { topics, group, subscriptionId } = result.value;
      const tooLong = Object.values(topics).find(
        (topic) => (subscriptionId(group, topic) ?? `${group}.${topic}`).length > LONGEST_PUBSUB_ID,
      );
      if (tooLong === undefined) return result;
      const rule = `be so short that it and ${quoted(tooLong)} with a dot between them are no more than 255 characters`;
      return faulty({ variable: 'KAFKA_GROUP_ID', rule, received: quoted(group) });
    },
  };
}

const NOTHING: Setting<string | undefined> = always(undefined);

const SUBSCRIPTION_ID: Setting<string | undefined> = optional({
  name: 'SUBSCRIPTION_ID',
  rule: PUBSUB_ID.rule,
  parse: (text) => (PUBSUB_ID.pattern.test(text) ? text : undefined),
});
