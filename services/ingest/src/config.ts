import { listenAddress } from '@sluice/http';
import { crashPoint, settings } from '@sluice/runtime';
import { TIMESTAMP_STREAM } from '@sluice/streams';
import { brokerConfig, topicName, topicPartitions } from '@sluice/wiring';

/** All that ingest reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7080 }),
  broker: brokerConfig,
  /** The topic of `timestamp.command.v1`. */
  topic: topicName('KAFKA_PUBLISH_TOPIC', TIMESTAMP_STREAM),
  /** Of a topic that ingest has to make. */
  partitions: topicPartitions,
  crash: crashPoint,
});
