import { brokerContract } from '@sluice/contract-tests';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { KAFKA_FEATURES, kafkaUnderTest } from './testing/index.ts';

brokerContract({
  name: 'Kafka, on the emulator',
  features: KAFKA_FEATURES,
  open: async () => {
    await using opened = new AsyncDisposableStack();
    const emulator = opened.use(await startKafkaEmulator());
    const under = opened.use(await kafkaUnderTest(emulator.address));
    const all = opened.move();
    return { ...under, [Symbol.asyncDispose]: () => all.disposeAsync() };
  },
});
