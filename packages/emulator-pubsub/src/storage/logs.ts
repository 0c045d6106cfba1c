import { join } from 'node:path';
import { type DurableLog, type FileSystem, type LogEvent, openLog } from '@sluice/durable-log';

/** The logs of a storage, each in a folder of its own. */
export class Logs {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #onEvent: (name: string, event: LogEvent) => void;

  constructor(fileSystem: FileSystem, directory: string, onEvent: (name: string, event: LogEvent) => void) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#onEvent = onEvent;
  }

  /** `use` makes of the log what it is for, or it is closed again. */
  async open<T>(name: string, segmentBytes: number, use: (log: DurableLog) => Promise<T>): Promise<T> {
    const log = await openLog({
      directory: join(this.#directory, name),
      fileSystem: this.#fileSystem,
      segmentBytes,
      onEvent: (event) => this.#onEvent(name, event),
    });
    try {
      return await use(log);
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
  }

  async list(name: string): Promise<string[]> {
    await this.#fileSystem.createDirectory(join(this.#directory, name));
    return this.#fileSystem.list(join(this.#directory, name));
  }

  remove(name: string): Promise<void> {
    return this.#fileSystem.removeDirectory(join(this.#directory, name));
  }
}
