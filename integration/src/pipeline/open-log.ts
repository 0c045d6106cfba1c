import type { BrokerPlace } from '../environments/environment.ts';
import { KafkaLog } from './kafka-log.ts';
import type { Log } from './log.ts';
import { PubSubLog } from './pubsub-log.ts';

export function openLog({ brokerKind, brokerAddress, forgets = false }: BrokerPlace, topic: string): Log {
  return brokerKind === 'kafka' ? new KafkaLog(brokerAddress, topic) : new PubSubLog(brokerAddress, topic, forgets);
}
