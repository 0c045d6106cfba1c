import { type DurableLog, type FileSystem, type LogEvent, openLog } from '@sluice/durable-log';

export interface TopicRecord {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
  /** By partition: records below this offset were deleted by a client. */
  readonly deletedBefore: Readonly<Record<number, number>>;
}

export type MetadataRecord =
  | { readonly type: 'cluster'; readonly clusterId: string }
  /** The topic as it is from now on. */
  | { readonly type: 'topic'; readonly topic: TopicRecord }
  | { readonly type: 'topic-deleted'; readonly id: string }
  /** Ids below this one may have been given out. */
  | { readonly type: 'producer-ids'; readonly below: number };

/** An entry of the log: records, or, where it is a snapshot, all that there is. */
interface MetadataEntry {
  readonly snapshot: boolean;
  readonly records: readonly MetadataRecord[];
}

/** More records than this behind the last snapshot, and four times what there is, and a new one is written. */
const SNAPSHOT_AFTER_RECORDS = 1000;

const SEGMENT_BYTES = 256 * 1024;
const READ_BYTES = 1024 * 1024;

/**
 * What the broker knows beside the records: topics, their settings, which producer ids were used. A log of changes; what
 * was written is there after a crash, entirely or, before the promise resolved, perhaps not at all.
 */
export class MetadataLog implements AsyncDisposable {
  readonly #log: DurableLog;
  readonly #topics = new Map<string, TopicRecord>();
  #clusterId: string | undefined;
  #producerIdsBelow = 0;
  #recordsSinceSnapshot = 0;
  #turn: Promise<unknown> = Promise.resolve();

  static async open(options: {
    readonly directory: string;
    readonly fileSystem: FileSystem;
    readonly onLogEvent: (event: LogEvent) => void;
  }): Promise<MetadataLog> {
    const { directory, fileSystem, onLogEvent } = options;
    const log = await openLog({ directory, fileSystem, segmentBytes: SEGMENT_BYTES, onEvent: onLogEvent });
    const metadata = new MetadataLog(log);
    try {
      for (let offset = log.startOffset; offset < log.endOffset; ) {
        for (const entry of await log.read(offset, READ_BYTES)) {
          metadata.#apply(JSON.parse(entry.payload.toString()));
          offset = entry.offset + entry.count;
        }
      }
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
    return metadata;
  }

  private constructor(log: DurableLog) {
    this.#log = log;
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  get topics(): Iterable<TopicRecord> {
    return this.#topics.values();
  }

  topic(id: string): TopicRecord | undefined {
    return this.#topics.get(id);
  }

  get producerIdsBelow(): number {
    return this.#producerIdsBelow;
  }

  /** Resolves once the records are durable, all of them or none. */
  write(...records: MetadataRecord[]): Promise<void> {
    // One after the other: a snapshot must contain whatever lies before it in the log.
    const written = this.#turn.then(async () => {
      await this.#append({ snapshot: false, records });
      const live = this.#topics.size + 2;
      if (this.#recordsSinceSnapshot > Math.max(SNAPSHOT_AFTER_RECORDS, 4 * live)) await this.#compact();
    });
    this.#turn = written.catch(() => undefined);
    return written;
  }

  async #append(entry: MetadataEntry): Promise<number> {
    const payload = [Buffer.from(JSON.stringify(entry))];
    const offset = await this.#log.append({ count: 1, timestampMs: 0, payload });
    this.#apply(entry);
    return offset;
  }

  async #compact(): Promise<void> {
    const records: MetadataRecord[] = [...this.#topics.values()].map((topic) => ({ type: 'topic', topic }));
    if (this.#clusterId !== undefined) records.push({ type: 'cluster', clusterId: this.#clusterId });
    records.push({ type: 'producer-ids', below: this.#producerIdsBelow });
    await this.#log.trimBefore(await this.#append({ snapshot: true, records }));
  }

  #apply({ snapshot, records }: MetadataEntry): void {
    if (snapshot) {
      this.#topics.clear();
      this.#recordsSinceSnapshot = 0;
    } else {
      this.#recordsSinceSnapshot += records.length;
    }
    for (const record of records) this.#applyRecord(record);
  }

  #applyRecord(record: MetadataRecord): void {
    switch (record.type) {
      case 'cluster':
        this.#clusterId = record.clusterId;
        break;
      case 'topic':
        this.#topics.set(record.topic.id, record.topic);
        break;
      case 'topic-deleted':
        this.#topics.delete(record.id);
        break;
      case 'producer-ids':
        this.#producerIdsBelow = record.below;
        break;
      default:
        record satisfies never;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.#log[Symbol.asyncDispose]();
  }
}
