import type { TestContext } from 'node:test';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import type { PubSubEmulatorOptions } from '../options.ts';
import type { PubSubEmulator } from '../running-emulator.ts';
import { startPubSubEmulator } from '../server.ts';
import { RawClient } from './raw-client.ts';

process.env.METADATA_SERVER_DETECTION = 'none';

export const PROJECT = 'projects/test-project';
export const topicName = (id: string): string => `${PROJECT}/topics/${id}`;
export const subscriptionName = (id: string): string => `${PROJECT}/subscriptions/${id}`;
export const snapshotName = (id: string): string => `${PROJECT}/snapshots/${id}`;
export const schemaName = (id: string): string => `${PROJECT}/schemas/${id}`;

/** The stock clients of one emulator, made when they are asked for. */
export interface Clients {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly schemas: v1.SchemaServiceClient;
  /** The one that people use. */
  readonly pubsub: PubSub;
  /** Bytes in, bytes out. */
  readonly raw: RawClient;
}

export function clientsOf(address: string, resources: AsyncDisposableStack): Clients {
  const [host = '', port] = address.split(':');
  const options = {
    apiEndpoint: host,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    projectId: 'test-project',
  };
  const closing = <Client extends { close(): unknown }>(client: Client): Client =>
    resources.adopt(client, async () => {
      await client.close();
    });
  let publisher: v1.PublisherClient | undefined;
  let subscriber: v1.SubscriberClient | undefined;
  let schemas: v1.SchemaServiceClient | undefined;
  let pubsub: PubSub | undefined;
  let raw: RawClient | undefined;
  return {
    get publisher() {
      publisher ??= closing(new v1.PublisherClient(options));
      return publisher;
    },
    get subscriber() {
      subscriber ??= closing(new v1.SubscriberClient(options));
      return subscriber;
    },
    get schemas() {
      schemas ??= closing(new v1.SchemaServiceClient(options));
      return schemas;
    },
    get pubsub() {
      pubsub ??= closing(new PubSub({ projectId: 'test-project', apiEndpoint: address, emulatorMode: true }));
      return pubsub;
    },
    get raw() {
      raw ??= closing(new RawClient(address));
      return raw;
    },
  };
}

export type TestEmulator = Clients & { readonly emulator: PubSubEmulator };

/** An emulator that ends with the test, and clients of it. */
export async function testEmulator(context: TestContext, options: PubSubEmulatorOptions = {}): Promise<TestEmulator> {
  const resources = new AsyncDisposableStack();
  context.after(() => resources.disposeAsync());
  const emulator = resources.use(await startPubSubEmulator(options));
  const clients = clientsOf(emulator.address, resources);
  return Object.assign(Object.create(null, Object.getOwnPropertyDescriptors(clients)), { emulator });
}
