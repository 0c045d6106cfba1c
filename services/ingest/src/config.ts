import { listenAddress } from '@sluice/http';
import { always, crashPoint, maskedUrl, optional, type Setting, settings, wholeNumber } from '@sluice/runtime';
import { ACTIVITY_STREAM, CONTROL_STREAM, TABLE_TRANSACTION_STREAM, TIMESTAMP_STREAM } from '@sluice/streams';
import { brokerConfig, storeConfig, topicName, topicPartitions } from '@sluice/wiring';

/** As Python's client took it: `host:port`, or a URL. */
function pushgatewayUrl(name: string): Setting<URL | undefined> {
  return optional({
    name,
    rule: 'be an address like localhost:9091, or a URL like http://localhost:9091',
    parse: (text) => {
      const url = URL.parse(text.includes('://') ? text : `http://${text}`);
      const isAddress = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
      return isAddress ? url : undefined;
    },
    show: maskedUrl,
  });
}

/** All that ingest reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7080 }),
  broker: brokerConfig,
  /** Read for its registry and for what became of registrations, nothing else. */
  store: storeConfig,
  /** Of the built-in streams. */
  topics: settings({
    timestamps: topicName('KAFKA_PUBLISH_TOPIC', TIMESTAMP_STREAM),
    activityEvents: always(ACTIVITY_STREAM),
    activities: topicName('TOPIC_ID', TABLE_TRANSACTION_STREAM),
    control: always(CONTROL_STREAM),
  }),
  /** Of a topic that ingest has to make. */
  partitions: topicPartitions,
  /** Of a Pushgateway that gets the old gatekeeper's figures. */
  pushgateway: pushgatewayUrl('PUSHGATEWAY_PROMETHEUS_HOST'),
  pushEveryMs: wholeNumber('PUSHGATEWAY_INTERVAL_MS', { min: 100, max: 3_600_000, fallback: 5_000 }),
  crash: crashPoint,
});
