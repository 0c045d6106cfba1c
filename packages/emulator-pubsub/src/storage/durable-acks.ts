import type { Clock, DurableLog } from '@sluice/durable-log';
import { decodeAcks, encodeAcks, rangesOfOffsets, rangesOfState } from './ack-codec.ts';
import { AckSet } from './ack-set.ts';
import type { DiskGuard } from './disk-guard.ts';
import { GroupedWrites } from './grouped-writes.ts';
import { checkOffsets } from './offsets.ts';
import { entriesOf } from './scan-log.ts';
import type { AckLog, AckState } from './storage.ts';

/** A snapshot is written after so many bytes, or as many as the last one had. */
const SNAPSHOT_AFTER_BYTES = 64 * 1024;

export interface DurableAcksOptions {
  readonly clock: Clock;
  readonly guard: DiskGuard;
  readonly onClosed: () => void;
}

/** What a subscription has acknowledged in a log of its own: what was added, and now and then all that there is. */
export class DurableAcks implements AckLog {
  readonly #log: DurableLog;
  readonly #options: DurableAcksOptions;
  readonly #writes = new GroupedWrites<readonly number[] | 'all'>((items) => this.#write(items));
  #set: AckSet | undefined;
  #bytesSinceSnapshot: number;
  #snapshotBytes = 0;
  /** Something is acknowledged in memory alone. */
  #lags = false;

  /** The log becomes the acks' own. */
  static async open(log: DurableLog, options: DurableAcksOptions): Promise<DurableAcks> {
    let set: AckSet | undefined;
    for await (const { payload } of entriesOf(log)) {
      const { isSnapshot, ranges } = decodeAcks(payload);
      if (isSnapshot || set === undefined) set = new AckSet();
      for (const [from, to] of ranges) set.addRange(from, to);
    }
    return new DurableAcks(log, options, set);
  }

  private constructor(log: DurableLog, options: DurableAcksOptions, set: AckSet | undefined) {
    this.#log = log;
    this.#options = options;
    this.#set = set;
    this.#bytesSinceSnapshot = log.sizeBytes;
  }

  state(): AckState | undefined {
    return this.#set?.state;
  }

  has(offset: number): boolean {
    return this.#set?.has(offset) ?? false;
  }

  add(offsets: readonly number[]): Promise<void> {
    checkOffsets(offsets);
    this.#set ??= new AckSet();
    for (const offset of offsets) this.#set.add(offset);
    return this.#writes.add(offsets);
  }

  replace(state: AckState): Promise<void> {
    this.#set = AckSet.of(state);
    return this.#writes.add('all');
  }

  /** What is written as a whole may have more in it than was asked for by then: whoever asked for that waits still. */
  async #write(items: readonly (readonly number[] | 'all')[]): Promise<void> {
    const added = items.filter((item) => item !== 'all');
    const isSnapshot = this.#lags || added.length < items.length || this.#isSnapshotDue;
    const ranges = isSnapshot
      ? rangesOfState(this.#set?.state ?? { below: 0, ranges: [] })
      : rangesOfOffsets(added.flat());
    const payload = encodeAcks({ isSnapshot, ranges });
    this.#lags = true;
    const { clock, guard } = this.#options;
    const offset = await guard.watch(this.#log.append({ count: 1, timestampMs: clock.now(), payload: [payload] }));
    this.#lags = false;
    this.#bytesSinceSnapshot += payload.length;
    if (isSnapshot) await this.#trimBefore(offset, payload.length);
  }

  get #isSnapshotDue(): boolean {
    return this.#bytesSinceSnapshot > Math.max(SNAPSHOT_AFTER_BYTES, this.#snapshotBytes);
  }

  /** Where it fails nothing is lost: the log is only longer. */
  async #trimBefore(snapshot: number, snapshotBytes: number): Promise<void> {
    this.#bytesSinceSnapshot = 0;
    this.#snapshotBytes = snapshotBytes;
    await this.#options.guard.watch(this.#log.trimBefore(snapshot)).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes.drained();
    await this.#log[Symbol.asyncDispose]();
    this.#options.onClosed();
  }
}
