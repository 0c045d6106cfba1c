import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

/** The stock clients of one server. */
export interface Clients extends AsyncDisposable {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly schemas: v1.SchemaServiceClient;
  /** Which RPCs were called. */
  readonly called: Set<string>;
  /** The client with batching, leases and flow control, in a project. Closed with the rest. */
  pubSub(projectId: string): PubSub;
}

export function openClients(address: string): Clients {
  const at = address.lastIndexOf(':');
  const options = {
    servicePath: address.slice(0, at),
    port: Number(address.slice(at + 1)),
    sslCreds: credentials.createInsecure(),
    // The client of IAM asks for a project before its first call, and would look for one on the network.
    projectId: 'conformance',
  };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  const opened: PubSub[] = [];
  return {
    publisher,
    subscriber,
    schemas,
    called: new Set(),
    pubSub(projectId) {
      const client = new PubSub({ projectId, apiEndpoint: address, emulatorMode: true });
      opened.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([publisher, subscriber, schemas, ...opened].map((client) => client.close()));
    },
  };
}
