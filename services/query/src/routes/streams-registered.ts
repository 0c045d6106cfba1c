import { clientTopic, RegistryFollower, type StoreReader } from '@sluice/core';

/** Which streams are registered, as far as it was asked for: each question to the store is for what is new since the last. */
export class RegisteredStreams {
  readonly #known = new Set<string>();
  readonly #follower: RegistryFollower;

  constructor(reader: () => Pick<StoreReader, 'registryChanges'>) {
    this.#follower = new RegistryFollower(
      async (since) => await reader().registryChanges(since),
      ({ isWhole, versions }) => {
        if (isWhole) this.#known.clear();
        for (const { client, event } of versions) this.#known.add(clientTopic(client, event));
      },
    );
  }

  /** @throws SluiceError where the store cannot say */
  async has(client: string, event: string): Promise<boolean> {
    await this.#follower.refreshed();
    return this.#known.has(clientTopic(client, event));
  }
}
