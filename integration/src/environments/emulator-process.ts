import { startKafkaEmulator } from '@sluice/emulator-kafka';

/** The emulator for tests that kill consumers: sessions may be shorter than Apache Kafka's default allows. */
const { DIRECTORY, PORT, MIN_SESSION_TIMEOUT_MS } = process.env;
await startKafkaEmulator({
  directory: String(DIRECTORY),
  port: Number(PORT),
  groups: { minSessionTimeoutMs: Number(MIN_SESSION_TIMEOUT_MS) },
  onEvent: (event) => console.log(event),
});
