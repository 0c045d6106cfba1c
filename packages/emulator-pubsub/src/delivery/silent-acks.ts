import type { AckLog } from '../storage/storage.ts';

const mostAtWork = 4;

/** Acknowledges what is never delivered, being too old or not what the filter lets through. Nobody waits for that. */
export class SilentAcks {
  readonly #acks: AckLog;
  readonly #onSettled: (error?: unknown) => void;
  #offsets: number[] = [];
  #atWork = new Set<Promise<void>>();

  constructor(acks: AckLog, onSettled: (error?: unknown) => void) {
    this.#acks = acks;
    this.#onSettled = onSettled;
  }

  /** Whether the disk is behind, so that no more should be dropped for now. */
  get isBusy(): boolean {
    return this.#atWork.size >= mostAtWork;
  }

  add(offset: number): void {
    this.#offsets.push(offset);
  }

  /** Sends off what was added. */
  flush(): void {
    if (this.#offsets.length === 0) return;
    const offsets = this.#offsets;
    this.#offsets = [];
    const work: Promise<void> = this.#acks.add(offsets).then(
      () => this.#settle(work),
      (error: unknown) => this.#settle(work, error),
    );
    this.#atWork.add(work);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#atWork);
  }

  #settle(work: Promise<void>, error?: unknown): void {
    this.#atWork.delete(work);
    this.#onSettled(error);
  }
}
