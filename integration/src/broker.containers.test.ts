import { KAFKA_FEATURES, kafkaUnderTest } from '@sluice/broker-kafka/testing';
import { brokerContract } from '@sluice/contract-tests';
import { KafkaContainer } from '@testcontainers/kafka';

brokerContract({
  name: 'Kafka, on Apache Kafka',
  features: KAFKA_FEATURES,
  open: async () => {
    await using opened = new AsyncDisposableStack();
    const container = opened.use(await new KafkaContainer('confluentinc/cp-kafka:8.1.0').start());
    const under = opened.use(await kafkaUnderTest(`${container.getHost()}:${container.getMappedPort(9093)}`));
    const all = opened.move();
    return { ...under, [Symbol.asyncDispose]: () => all.disposeAsync() };
  },
});
