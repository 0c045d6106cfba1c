export { startEmulatorProcess } from './emulator-process.ts';
export { KAFKA_FEATURES, kafkaUnderTest, TEST_OPTIONS } from './kafka-under-test.ts';
export { logContent } from './log-content.ts';
export { NumberStore, publishNumbers } from './numbers.ts';
export { type ProxiedEmulator, proxiedEmulator } from './proxied-emulator.ts';
