import { KAFKA_FEATURES, kafkaUnderTest } from '@sluice/broker-kafka/testing';
import { brokerContract } from '@sluice/contract-tests';
import { KafkaContainer } from '@testcontainers/kafka';

brokerContract({
  name: 'Kafka, on Apache Kafka',
  features: KAFKA_FEATURES,
  open: async () => {
    const container = await new KafkaContainer('confluentinc/cp-kafka:8.1.0').start();
    const under = await kafkaUnderTest(`${container.getHost()}:${container.getMappedPort(9093)}`);
    return {
      ...under,
      [Symbol.asyncDispose]: async () => {
        await under[Symbol.asyncDispose]();
        await container.stop();
      },
    };
  },
});
