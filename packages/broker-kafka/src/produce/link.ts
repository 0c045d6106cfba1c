import { type Client, type ClientOptions, newClient, newCluster } from '../client/client.ts';
import type { KafkaCluster, KafkaNode } from '../client/kafkajs.ts';
import { type Located, locate } from '../client/metadata.ts';
import { ProducerIdentity } from './producer-identity.ts';

/** The way to the brokers while it lasts. Whatever fails in it may be tried again; when in doubt, in a new link. */
export interface Link {
  locate(topics: readonly string[]): Promise<ReadonlyMap<string, Located>>;
  /** The broker of that id, connected. */
  node(nodeId: string): Promise<KafkaNode>;
  newIdentity(): Promise<ProducerIdentity>;
  close(): void;
}

export class KafkaLink implements Link {
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

  async node(nodeId: string): Promise<KafkaNode> {
    return await this.#cluster.findBroker({ nodeId });
  }

  async newIdentity(): Promise<ProducerIdentity> {
    const node = await this.#cluster.findControllerBroker();
    const { producerId, producerEpoch } = await node.initProducerId({ transactionTimeout: 60_000 });
    return new ProducerIdentity(BigInt(producerId), producerEpoch);
  }

  close(): void {
    this.#client.sockets.close();
  }
}
