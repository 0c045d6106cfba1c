import type { ActiveSegment } from './active-segment.ts';
import { isExhaustion, LogError, reasonOf } from './errors.ts';
import { encodeGroup, entryBytes, type Pending, takeGroup } from './group.ts';
import type { NewEntry } from './log.ts';

export interface WriterOptions {
  readonly segmentBytes: number;
  readonly maxGroupBytes: number;
  /** Begins a new segment. */
  readonly roll: () => Promise<void>;
  /** The group of these bytes has become durable; its first offset is `firstOffset`. */
  readonly onDurable: (firstOffset: number, bytes: Buffer) => void;
}

/**
 * The one writer of a log: what is appended while a group is being written and synced becomes the next group.
 *
 * A failed sync is never repeated: the kernel may have dropped the pages, and the second one would succeed for nothing.
 */
export class Writer {
  readonly #active: ActiveSegment;
  readonly #options: WriterOptions;
  #queue: Pending[] = [];
  readonly #tasks: (() => Promise<void>)[] = [];
  #running = false;
  #nextOffset: number;
  #broken: LogError | undefined;

  constructor(active: ActiveSegment, options: WriterOptions) {
    this.#active = active;
    this.#options = options;
    this.#nextOffset = active.segment.endOffset;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  append(entry: NewEntry): Promise<number> {
    return new Promise((resolve, reject) => {
      this.refuseIfBroken();
      const bytes = entryBytes(entry);
      const offset = this.#nextOffset;
      this.#nextOffset += entry.count;
      this.#queue.push({ offset, entry, bytes, resolve, reject });
      this.#wake();
    });
  }

  /** Runs between two groups. A failure of the disk in it is the log's. @throws LogError */
  exclusively(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(async () => {
        try {
          this.refuseIfBroken();
          await task();
          resolve();
        } catch (error) {
          reject(this.note(error));
        }
      });
      this.#wake();
    });
  }

  /** Resolves once nothing is queued any more. The caller lets no more appends in. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#tasks.push(async () => {
        while (this.#queue.length > 0) await this.#writeGroup();
        resolve();
      });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    // Not at once: whatever else arrives in this turn of the event loop shares the first sync.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    for (;;) {
      const task = this.#tasks.shift();
      if (task !== undefined) await task();
      else if (this.#queue.length > 0) await this.#writeGroup();
      else break;
    }
    this.#running = false;
  }

  async #writeGroup(): Promise<void> {
    let group: Pending[];
    let bytes: Buffer;
    try {
      await this.#rollIfDue();
      group = takeGroup(this.#queue, this.#options.maxGroupBytes);
      bytes = encodeGroup(group, this.#active.segment);
      await this.#active.write(bytes);
    } catch (error) {
      return this.#fail(error);
    }
    this.#queue.splice(0, group.length);
    for (const { entry, bytes: size } of group) this.#active.segment.add(entry.count, entry.timestampMs, size);
    for (const { resolve, offset } of group) resolve(offset);
    this.#options.onDurable(group[0]?.offset ?? 0, bytes);
  }

  /** Where there is no room or no descriptor for a new file, the old one grows on, and the next group tries again. */
  async #rollIfDue(): Promise<void> {
    const { segment } = this.#active;
    if (segment.isEmpty || segment.bytes <= this.#options.segmentBytes) return;
    try {
      await this.#options.roll();
    } catch (error) {
      if (!isExhaustion(error)) throw error;
    }
  }

  /** Nothing of what is queued gets acknowledged; the part of it that may be in the file is cut off before anyone hears. */
  async #fail(error: unknown): Promise<void> {
    let failure = this.note(error);
    if (failure.code === 'no-space') {
      try {
        await this.#active.cutBack();
      } catch (cause) {
        failure = this.note(
          new Error(`the part that was written could not be cut off again: ${reasonOf(cause)}`, { cause }),
        );
      }
    }
    const doomed = this.#queue;
    this.#queue = [];
    this.#nextOffset = this.#active.segment.endOffset;
    for (const { reject } of doomed) reject(failure);
  }

  /** @throws LogError `broken` */
  refuseIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Says in our words what the disk answered, and remembers it where there is no way on. */
  note(error: unknown): LogError {
    const failure = error instanceof LogError ? error : this.#translate(error);
    if (failure.code === 'broken') this.#broken ??= failure;
    return failure;
  }

  #translate(error: unknown): LogError {
    const { path } = this.#active.segment;
    return isExhaustion(error)
      ? new LogError('no-space', `${path}: ${reasonOf(error)}. Nothing was kept; a later try may succeed.`, {
          cause: error,
        })
      : new LogError(
          'broken',
          `${path}: ${reasonOf(error)}. What the disk holds is unknown now, so the log takes no more appends until it is ` +
            'opened again.',
          { cause: error },
        );
  }
}
