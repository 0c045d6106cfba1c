import type { MetadataLog } from './metadata-log.ts';

/** Ids are reserved in blocks of this size, so that most of them cost no write. */
const BLOCK = 1000;

/** Gives out producer ids, each only once for as long as the data lives: a crash skips the rest of a block. */
export class ProducerIds {
  readonly #metadata: MetadataLog;
  #next: number;
  #reserved: number;
  #reserving: Promise<void> | undefined;

  constructor(metadata: MetadataLog) {
    this.#metadata = metadata;
    this.#next = metadata.producerIdsBelow;
    this.#reserved = metadata.producerIdsBelow;
  }

  async next(): Promise<number> {
    while (this.#next >= this.#reserved) {
      this.#reserving ??= this.#reserve();
      await this.#reserving;
    }
    const id = this.#next;
    this.#next += 1;
    return id;
  }

  async #reserve(): Promise<void> {
    try {
      const below = this.#reserved + BLOCK;
      await this.#metadata.write({ type: 'producer-ids', below });
      this.#reserved = below;
    } finally {
      this.#reserving = undefined;
    }
  }
}
