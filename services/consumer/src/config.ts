import { listenAddress } from '@sluice/http';
import { crashPoint, settings } from '@sluice/runtime';
import { ACTIVITY_STREAM, CONTROL_STREAM, TABLE_TRANSACTION_STREAM, TIMESTAMP_STREAM } from '@sluice/streams';
import {
  brokerConfig,
  groupNames,
  maxOutstandingMessages,
  sessionTimeoutMs,
  storeConfig,
  topicPartitions,
} from '@sluice/wiring';

/** All that the consumer reads from the environment, beside `LOG_LEVEL`. */
export const config = settings({
  address: listenAddress({ port: 7081 }),
  broker: brokerConfig,
  store: storeConfig,
  names: groupNames({
    timestamps: TIMESTAMP_STREAM,
    activityEvents: ACTIVITY_STREAM,
    activities: TABLE_TRANSACTION_STREAM,
    control: CONTROL_STREAM,
  }),
  /** Of topics that the consumer has to make. */
  partitions: topicPartitions,
  sessionTimeoutMs,
  maxOutstandingMessages,
  crash: crashPoint,
});
