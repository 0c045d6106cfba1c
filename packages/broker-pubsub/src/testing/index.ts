export { startEmulatorProcess } from './emulator-process.ts';
export { NumberStore, publishNumbers } from './numbers.ts';
export { type ProxiedEmulator, proxiedEmulator } from './proxied-emulator.ts';
export { PSTEST_FEATURES, PUBSUB_FEATURES, pubSubUnderTest, TEST_OPTIONS } from './pubsub-under-test.ts';
export { Run } from './run.ts';
