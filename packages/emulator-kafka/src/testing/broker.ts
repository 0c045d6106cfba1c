import type { TestContext } from 'node:test';
import { temporaryDirectory } from '@sluice/testing';
import type { KafkaEmulatorOptions } from '../options.ts';
import type { KafkaEmulator } from '../running-emulator.ts';
import { startKafkaEmulator } from '../server.ts';
import { RawClient } from './raw-client.ts';

export interface TestBroker {
  readonly emulator: KafkaEmulator;
  readonly client: RawClient;
  /** Another connection. */
  connect(): Promise<RawClient>;
  /** Closes the emulator and opens another on the same data. */
  restart(): Promise<TestBroker>;
}

/** An emulator that ends with the test. */
export async function testBroker(context: TestContext, options: KafkaEmulatorOptions = {}): Promise<TestBroker> {
  const resources = new AsyncDisposableStack();
  context.after(() => resources.disposeAsync());
  const directory = options.directory ?? resources.use(await temporaryDirectory()).path;
  const emulator = resources.use(await startKafkaEmulator({ ...options, directory }));
  const connect = async () => resources.use(await RawClient.connect(emulator.port));
  return {
    emulator,
    client: await connect(),
    connect,
    async restart() {
      await emulator[Symbol.asyncDispose]();
      return testBroker(context, { ...options, directory });
    },
  };
}
