export { PSTEST_FEATURES, PUBSUB_FEATURES, pubSubUnderTest, TEST_OPTIONS } from './pubsub-under-test.ts';
