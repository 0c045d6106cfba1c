import { type Client, type ClientOptions, newClient, newCluster } from '../client/client.ts';
import type { KafkaCluster, KafkaNode } from '../client/kafkajs.ts';
import { type Located, locate } from '../client/metadata.ts';
import { ProducerIdentity } from './producer-identity.ts';

/** The way to the brokers while it lasts. Whatever fails in it may be tried again; when in doubt, in a new link. */
export class Link {
  readonly #client: Client;
  readonly #cluster: KafkaCluster;

  constructor(options: ClientOptions) {
    this.#client = newClient(options);
    this.#cluster = newCluster(this.#client);
  }

  async locate(topics: readonly string[]): Promise<ReadonlyMap<string, Located>> {
    await this.#cluster.connect();
    return await locate(this.#cluster, topics);
  }

  /** The broker of that id, connected. */
  async node(nodeId: string): Promise<KafkaNode> {
    return await this.#cluster.findBroker({ nodeId });
  }

  async newIdentity(): Promise<ProducerIdentity> {
    const node = await this.#cluster.findControllerBroker();
    const { producerId, producerEpoch } = await node.initProducerId({ transactionTimeout: 60_000 });
    return new ProducerIdentity(BigInt(producerId), producerEpoch);
  }

  /** Cuts the connections to one broker, for whoever uses them next to make new ones. */
  cut({ connectionPool: { host, port } }: KafkaNode): void {
    this.#client.sockets.cut('no answer to a produce request', `${host}:${port}`);
  }

  close(): void {
    this.#client.sockets.close();
  }
}
