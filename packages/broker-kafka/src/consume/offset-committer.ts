import type { KafkaLogEntry } from '../client/client.ts';

interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Tells the broker now and then how far the group is, for others to watch the lag by. A commit that fails is no harm: the
 * next one says more.
 */
export class OffsetCommitter {
  readonly #commit: (offsets: Commit[]) => Promise<void>;
  readonly #intervalMs: number;
  readonly #log: (entry: KafkaLogEntry) => void;
  readonly #marks = new Map<string, Commit>();
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(commit: (offsets: Commit[]) => Promise<void>, intervalMs: number, log: (entry: KafkaLogEntry) => void) {
    this.#commit = commit;
    this.#intervalMs = intervalMs;
    this.#log = log;
  }

  mark(topic: string, partition: number, nextOffset: number): void {
    this.#marks.set(`${topic}/${partition}`, { topic, partition, offset: String(nextOffset) });
    this.#timer ??= setTimeout(() => void this.flush(), this.#intervalMs);
  }

  /** Commits what is marked, after what is under way. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const marks = [...this.#marks.values()];
    this.#marks.clear();
    if (marks.length > 0) this.#last = this.#last.then(() => this.#send(marks));
    await this.#last;
  }

  async #send(marks: Commit[]): Promise<void> {
    try {
      await this.#commit(marks);
    } catch (error) {
      const message = `offsets were not committed: ${error instanceof Error ? error.message : error}`;
      this.#log({ level: 'info', message, details: { partitions: marks.length } });
    }
  }
}
