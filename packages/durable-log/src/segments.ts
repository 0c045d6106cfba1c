import type { OpenSegment } from './create-segment.ts';
import type { FileSystem } from './file-system.ts';
import { writeIndex } from './index-file.ts';
import type { LogEvent } from './log.ts';
import type { Recovered } from './recovery.ts';
import { indexPath, type Segment } from './segment.ts';

export interface SegmentsOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly onEvent: (event: LogEvent) => void;
}

/** The segments of a log, in order of offsets, and what becomes of them. The last one is written to. */
export class Segments {
  readonly #options: SegmentsOptions;
  readonly #list: [Segment, ...Segment[]];
  #active: Segment;
  #letActiveGo: () => void;
  #sealedBytes: number;
  /** Whose file may be gone already. */
  #leaving: Segment | undefined;
  readonly #indexing = new Map<Segment, Promise<void>>();
  #removal: Promise<void> = Promise.resolve();

  constructor(options: SegmentsOptions, { sealed, active }: Recovered) {
    this.#options = options;
    const [first = active.segment, ...others] = sealed;
    this.#list = sealed.length === 0 ? [first] : [first, ...others, active.segment];
    this.#active = active.segment;
    this.#letActiveGo = active.segment.file.keepOpen(active.file);
    this.#sealedBytes = sealed.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get startOffset(): number {
    return this.#list[0].firstOffset;
  }

  get active(): Segment {
    return this.#active;
  }

  get bytes(): number {
    return this.#sealedBytes + this.#active.bytes;
  }

  /** The segment with the entry that contains `offset`, which must be in the log. */
  withOffset(offset: number): Segment {
    return this.#list.findLast(({ firstOffset }) => firstOffset <= offset) ?? this.#list[0];
  }

  /** The first segment with an entry of at least that timestamp. */
  withTimestamp(timestampMs: number): Segment | undefined {
    return this.#list.find(({ newestTimestampMs }) => newestTimestampMs >= timestampMs);
  }

  /** The active segment is sealed, `created` takes its place. */
  replaceActive(created: OpenSegment): void {
    const sealed = this.#active;
    this.#sealedBytes += sealed.bytes;
    this.#list.push(created.segment);
    this.#active = created.segment;
    this.#letActiveGo();
    this.#letActiveGo = created.segment.file.keepOpen(created.file);
    const indexed = sealed.file
      .use((file) => writeIndex(this.#options.fileSystem, sealed, file))
      // It can be made again at any time, and is, when the log is next opened.
      .catch(() => undefined)
      .finally(() => this.#indexing.delete(sealed));
    this.#indexing.set(sealed, indexed);
  }

  /** Removes sealed segments, the oldest first, while `goes` says so. */
  removeWhile(goes: (oldest: Segment, restBytes: number) => boolean): Promise<void> {
    const removal = this.#removal.then(async () => {
      for (;;) {
        const [oldest, next] = this.#list;
        if (next === undefined || !goes(oldest, this.bytes - oldest.bytes)) return;
        await this.#remove(oldest);
      }
    });
    this.#removal = removal.catch(() => undefined);
    return removal;
  }

  /** Whether retention has taken the segment, or is about to. */
  isLeaving(segment: Segment): boolean {
    return segment === this.#leaving || !this.#list.includes(segment);
  }

  async close(): Promise<void> {
    await this.#removal;
    await Promise.all(this.#indexing.values());
    this.#letActiveGo();
    await Promise.all(this.#list.map(({ file }) => file.close()));
  }

  /** Made durable before the next one is, since a crash that let only this one come back would leave a hole behind it. */
  async #remove(oldest: Segment): Promise<void> {
    const { fileSystem, directory, onEvent } = this.#options;
    this.#leaving = oldest;
    await this.#indexing.get(oldest);
    await fileSystem.remove(indexPath(oldest.path));
    await fileSystem.remove(oldest.path);
    await fileSystem.syncDirectory(directory);
    this.#list.shift();
    this.#sealedBytes -= oldest.bytes;
    await oldest.file.close();
    onEvent({ kind: 'segment-removed', segment: oldest.name, nextOffset: oldest.endOffset });
  }
}
