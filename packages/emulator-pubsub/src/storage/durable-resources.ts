import type { Clock, DurableLog } from '@sluice/durable-log';
import { type Change, decodeChanges, encodeChanges } from './change-codec.ts';
import type { DiskGuard } from './disk-guard.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { applyChanges, ownChanges } from './resource-map.ts';
import { entriesOf } from './scan-log.ts';
import type { ResourceStore } from './storage.ts';

/** A snapshot is written after so many bytes of changes, or as many as the last one had. */
const SNAPSHOT_AFTER_BYTES = 256 * 1024;

export interface DurableResourcesOptions {
  readonly clock: Clock;
  readonly guard: DiskGuard;
}

/** Small things by key in a log of changes. What can be seen is durable. */
export class DurableResources implements ResourceStore, AsyncDisposable {
  readonly #log: DurableLog;
  readonly #options: DurableResourcesOptions;
  readonly #values: Map<string, Buffer>;
  readonly #writes = new GroupedWrites<readonly Change[]>((calls) => this.#write(calls.flat()));
  #bytesSinceSnapshot: number;
  #snapshotBytes = 0;

  /** The log becomes the store's own. */
  static async open(log: DurableLog, options: DurableResourcesOptions): Promise<DurableResources> {
    const values = new Map<string, Buffer>();
    for await (const { payload } of entriesOf(log)) {
      const { isSnapshot, changes } = decodeChanges(payload);
      if (isSnapshot) values.clear();
      applyChanges(values, changes);
    }
    return new DurableResources(log, options, values);
  }

  private constructor(log: DurableLog, options: DurableResourcesOptions, values: Map<string, Buffer>) {
    this.#log = log;
    this.#options = options;
    this.#values = values;
    this.#bytesSinceSnapshot = log.sizeBytes;
  }

  entries(): Iterable<readonly [key: string, value: Buffer]> {
    return this.#values.entries();
  }

  get(key: string): Buffer | undefined {
    return this.#values.get(key);
  }

  write(changes: readonly Change[]): Promise<void> {
    return changes.length === 0 ? Promise.resolve() : this.#writes.add(ownChanges(changes));
  }

  async #write(changes: readonly Change[]): Promise<void> {
    await this.#append({ isSnapshot: false, changes });
    applyChanges(this.#values, changes);
    if (this.#bytesSinceSnapshot > Math.max(SNAPSHOT_AFTER_BYTES, this.#snapshotBytes)) await this.#compact();
  }

  async #append(entry: { readonly isSnapshot: boolean; readonly changes: readonly Change[] }): Promise<number> {
    const payload = [encodeChanges(entry)];
    const { clock, guard } = this.#options;
    const offset = await guard.watch(this.#log.append({ count: 1, timestampMs: clock.now(), payload }));
    this.#bytesSinceSnapshot += payload[0]?.length ?? 0;
    return offset;
  }

  /** Where it fails nothing is lost: the log is only longer, and the next change tells whether the disk works. */
  async #compact(): Promise<void> {
    const changes = [...this.#values].map(([key, value]) => ({ key, value }));
    const before = this.#bytesSinceSnapshot;
    try {
      const offset = await this.#append({ isSnapshot: true, changes });
      this.#snapshotBytes = this.#bytesSinceSnapshot - before;
      this.#bytesSinceSnapshot = 0;
      await this.#options.guard.watch(this.#log.trimBefore(offset));
    } catch {
      // The guard has told whom it concerns.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes.drained();
    await this.#log[Symbol.asyncDispose]();
  }
}
