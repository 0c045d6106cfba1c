import { clientTopic, type RegistryMark, type StoreReader } from '@sluice/core';

/** Which streams are registered, as far as it was asked for: each question to the store is for what is new since the last. */
export class RegisteredStreams {
  readonly #reader: () => Pick<StoreReader, 'registryChanges'>;
  readonly #known = new Set<string>();
  #mark: RegistryMark | null = null;

  constructor(reader: () => Pick<StoreReader, 'registryChanges'>) {
    this.#reader = reader;
  }

  /** @throws SluiceError where the store cannot say */
  async has(client: string, event: string): Promise<boolean> {
    const { mark, isWhole, versions } = await this.#reader().registryChanges(this.#mark);
    if (isWhole) this.#known.clear();
    for (const version of versions) this.#known.add(clientTopic(version.client, version.event));
    this.#mark = mark;
    return this.#known.has(clientTopic(client, event));
  }
}
