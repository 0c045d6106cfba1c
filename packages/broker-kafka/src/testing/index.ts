export { KAFKA_FEATURES, kafkaUnderTest, TEST_OPTIONS } from './kafka-under-test.ts';
