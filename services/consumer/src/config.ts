import { listenAddress } from '@sluice/http';
import { always, crashPoint, settings } from '@sluice/runtime';
import { ACTIVITY_STREAM, CONTROL_STREAM, TABLE_TRANSACTION_STREAM, TIMESTAMP_STREAM } from '@sluice/streams';
import { brokerConfig, groupName, sessionTimeoutMs, storeConfig, topicName, topicPartitions } from '@sluice/wiring';

/** All that the consumer reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7081 }),
  broker: brokerConfig,
  store: storeConfig,
  /** Of the built-in streams. */
  topics: settings({
    timestamps: topicName('KAFKA_CONSUMER_TOPIC', TIMESTAMP_STREAM),
    activityEvents: always(ACTIVITY_STREAM),
    activities: topicName('TOPIC_ID', TABLE_TRANSACTION_STREAM),
    control: always(CONTROL_STREAM),
  }),
  /** A new group reads every topic from its beginning, and so restores every row. */
  group: groupName('KAFKA_GROUP_ID', 'timestamp-consumer-service'),
  /** Of topics that the consumer has to make. */
  partitions: topicPartitions,
  sessionTimeoutMs,
  crash: crashPoint,
});
