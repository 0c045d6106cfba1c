import type { Change } from './change-codec.ts';
import { applyChanges, ownChanges } from './resource-map.ts';
import type { ResourceStore } from './storage.ts';

/** Small things by key as long as the process lives. */
export class MemoryResources implements ResourceStore {
  readonly #values = new Map<string, Buffer>();

  entries(): Iterable<readonly [key: string, value: Buffer]> {
    return this.#values.entries();
  }

  get(key: string): Buffer | undefined {
    return this.#values.get(key);
  }

  async write(changes: readonly Change[]): Promise<void> {
    applyChanges(this.#values, ownChanges(changes));
  }
}
