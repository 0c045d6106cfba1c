import { listenAddress } from '@sluice/http';
import { crashPoint, settings } from '@sluice/runtime';
import { TIMESTAMP_STREAM } from '@sluice/streams';
import { brokerConfig, groupName, sessionTimeoutMs, storeConfig, topicName, topicPartitions } from '@sluice/wiring';

/** All that the consumer reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7081 }),
  broker: brokerConfig,
  store: storeConfig,
  /** The topic of `timestamp.command.v1`. */
  topic: topicName('KAFKA_CONSUMER_TOPIC', TIMESTAMP_STREAM),
  /** A new group reads the topic from its beginning, and so restores every row. */
  group: groupName('KAFKA_GROUP_ID', 'timestamp-consumer-service'),
  /** Of a topic that the consumer has to make. */
  partitions: topicPartitions,
  sessionTimeoutMs,
  crash: crashPoint,
});
