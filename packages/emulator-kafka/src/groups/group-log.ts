import type { Clock } from '@sluice/durable-log';
import { type DurableLog, type FileSystem, LogError, type LogEvent, openLog } from '@sluice/durable-log';
import type { ErrorName } from '../protocol/errors.ts';
import { decodeEntry, encodeEntry } from './change-codec.ts';
import type { Checkpoint, GroupChange } from './changes.ts';
import { GroupTable } from './table.ts';

const MEBIBYTE = 1024 * 1024;

/** What Apache Kafka allows one write of the coordinator, with the default `max.message.bytes`. */
const MAX_CHANGE_BYTES = MEBIBYTE;

export interface GroupLogOptions {
  readonly directory: string;
  readonly fileSystem?: FileSystem | undefined;
  readonly clock: Clock;
  readonly onEvent: (event: LogEvent) => void;
  /** Told why a change could not be made durable. */
  readonly onFailure: (error: unknown) => void;
  /** A checkpoint is written after so many bytes of changes, or as many as the last one had. Default 4 MiB. */
  readonly checkpointBytes?: number | undefined;
}

/** What became of a change. Only a durable one has been applied. */
export type Appended =
  | { readonly kind: 'durable' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What clients are told, as by Apache Kafka 4.1, which no longer has INVALID_COMMIT_OFFSET_SIZE for the second case. */
export function appendError({ kind }: Appended): ErrorName {
  switch (kind) {
    case 'durable':
      return 'NONE';
    case 'too-large':
      return 'UNKNOWN_SERVER_ERROR';
    case 'failed':
      return 'COORDINATOR_NOT_AVAILABLE';
    default:
      return kind satisfies never;
  }
}

/**
 * What must survive a restart of the groups, on a log of its own: every change is an entry, and the table holds what
 * the durable entries amount to.
 *
 * So that the log stays short, now and then a checkpoint of the table is appended, and the changes that are in it are
 * trimmed. Changes that were under way meanwhile lie before the checkpoint but are not in it. So on start all changes
 * that are left are applied to the last checkpoint, whether they are in it already or not.
 */
export class GroupLog implements AsyncDisposable {
  readonly table: GroupTable;
  readonly #log: DurableLog;
  readonly #options: GroupLogOptions;
  readonly #checkpointBytes: number;
  #applied: number;
  #bytesSinceCheckpoint: number;
  #lastCheckpointBytes = 0;
  #checkpointing: Promise<void> | undefined;

  private constructor(log: DurableLog, table: GroupTable, options: GroupLogOptions) {
    this.table = table;
    this.#log = log;
    this.#options = options;
    this.#checkpointBytes = options.checkpointBytes ?? 4 * MEBIBYTE;
    this.#applied = log.endOffset;
    this.#bytesSinceCheckpoint = log.sizeBytes;
  }

  /** @throws LogError `corrupt` */
  static async open(options: GroupLogOptions): Promise<GroupLog> {
    const { directory, fileSystem, onEvent, checkpointBytes = 4 * MEBIBYTE } = options;
    const segmentBytes = Math.ceil(checkpointBytes / 4);
    const log = await openLog({ directory, segmentBytes, onEvent, ...(fileSystem && { fileSystem }) });
    try {
      return new GroupLog(log, await replay(log), options);
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Changes are applied in the order of the calls. */
  async append(change: GroupChange): Promise<Appended> {
    const payload = encodeEntry(change);
    if (payload.length > MAX_CHANGE_BYTES) return { kind: 'too-large', bytes: payload.length };
    try {
      const offset = await this.#write(payload);
      this.table.apply(change);
      this.#applied = offset + 1;
    } catch (error) {
      this.#options.onFailure(error);
      return { kind: 'failed', error };
    }
    this.#bytesSinceCheckpoint += payload.length;
    if (this.#bytesSinceCheckpoint > Math.max(this.#checkpointBytes, this.#lastCheckpointBytes)) {
      this.#checkpointing ??= this.#checkpoint();
    }
    return { kind: 'durable' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#checkpointing;
    await this.#log[Symbol.asyncDispose]();
  }

  #write(payload: Buffer): Promise<number> {
    return this.#log.append({ count: 1, timestampMs: this.#options.clock.now(), payload: [payload] });
  }

  /** Where it fails nothing is lost: the log is only longer, and the next change tells whether the disk works. */
  async #checkpoint(): Promise<void> {
    const payload = encodeEntry({ kind: 'checkpoint', groups: this.table.images() });
    const inCheckpoint = this.#applied;
    this.#bytesSinceCheckpoint = 0;
    this.#lastCheckpointBytes = payload.length;
    try {
      await this.#write(payload);
      await this.#log.trimBefore(inCheckpoint);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
    } finally {
      this.#checkpointing = undefined;
    }
  }
}

async function replay(log: DurableLog): Promise<GroupTable> {
  let checkpoint: Checkpoint = { kind: 'checkpoint', groups: [] };
  const changes: GroupChange[] = [];
  for (let at = log.startOffset; at < log.endOffset; ) {
    for (const { offset, payload } of await log.read(at, MEBIBYTE)) {
      const entry = decodeEntry(payload);
      if (entry.kind === 'checkpoint') checkpoint = entry;
      else changes.push(entry);
      at = offset + 1;
    }
  }
  const table = new GroupTable(checkpoint.groups);
  for (const change of changes) table.apply(change);
  return table;
}
