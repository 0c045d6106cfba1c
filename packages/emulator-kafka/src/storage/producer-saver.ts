import type { Clock, DurableLog, FileSystem } from '@sluice/durable-log';
import { readBatchHeader } from '../record-batch.ts';
import { readProducerSnapshot, writeProducerSnapshot } from './producer-snapshot.ts';
import { ProducerStates } from './producer-states.ts';
import { entriesFrom } from './scan-log.ts';

/** After so many bytes the states are saved, so that opening the log reads no more than these again. */
const SAVE_AFTER_BYTES = 16 * 1024 * 1024;

export interface ProducerStorage {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
}

/** What the last process knew: what it saved, and what the log holds beyond that. */
export async function recoverProducers(
  { directory, fileSystem, clock }: ProducerStorage,
  log: DurableLog,
): Promise<ProducerStates> {
  const saved = await readProducerSnapshot(fileSystem, directory);
  const usable = saved !== undefined && saved.offset <= log.endOffset ? saved : undefined;
  const states = usable?.states ?? new ProducerStates();
  const from = Math.max(usable?.offset ?? 0, log.startOffset);
  for await (const { payload, offset, timestampMs } of entriesFrom(log, from)) {
    states.add(readBatchHeader(payload), offset, timestampMs, clock.now());
  }
  return states;
}

/** Saves a partition's producer states from time to time, each time for a place up to which the log is durable. */
export class ProducerSaver {
  readonly #storage: ProducerStorage;
  readonly #log: DurableLog;
  readonly #states: ProducerStates;
  #unsavedBytes = 0;
  #lastAppend: Promise<unknown> = Promise.resolve();
  #saved: Promise<void> = Promise.resolve();

  constructor(storage: ProducerStorage, log: DurableLog, states: ProducerStates) {
    this.#storage = storage;
    this.#log = log;
    this.#states = states;
  }

  /** Resolves once nothing is being saved. */
  get saved(): Promise<void> {
    return this.#saved;
  }

  /** A batch was appended and its producer's state changed; `durable` settles with the append. */
  appended(bytes: number, durable: Promise<unknown>): void {
    this.#lastAppend = durable;
    this.#unsavedBytes += bytes;
    if (this.#unsavedBytes >= SAVE_AFTER_BYTES) this.#save();
  }

  /** Saves what is not saved yet. */
  close(): void {
    if (this.#unsavedBytes > 0) this.#save();
  }

  #save(): void {
    this.#unsavedBytes = 0;
    const { fileSystem, directory } = this.#storage;
    const snapshot = { offset: this.#log.nextOffset, states: this.#states.toJSON() };
    const durable = this.#lastAppend;
    this.#saved = this.#saved
      .then(() => durable)
      .then(() => writeProducerSnapshot(fileSystem, directory, snapshot))
      // It only saves time: without it the log itself is read.
      .catch(() => undefined);
  }
}
