import { listenAddress } from '@sluice/http';
import { crashPoint, type Setting, settings, valid } from '@sluice/runtime';
import { CONTROL_STREAM, TIMESTAMP_STREAM } from '@sluice/streams';
import { brokerConfig, storeConfig, topicName, topicPartitions } from '@sluice/wiring';

/** What no variable changes. */
const always = (name: string): Setting<string> => ({ read: () => valid(name) });

/** All that ingest reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7080 }),
  broker: brokerConfig,
  /** Read for its registry and for what became of registrations, nothing else. */
  store: storeConfig,
  /** Of the built-in streams. */
  topics: settings({
    timestamps: topicName('KAFKA_PUBLISH_TOPIC', TIMESTAMP_STREAM),
    activityEvents: always('activity.event.v1'),
    activities: topicName('TOPIC_ID', 'database.activities.v1'),
    control: always(CONTROL_STREAM),
  }),
  /** Of a topic that ingest has to make. */
  partitions: topicPartitions,
  crash: crashPoint,
});
