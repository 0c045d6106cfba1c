import { AckSet } from './ack-set.ts';
import { checkOffsets } from './offsets.ts';
import type { AckLog, AckState } from './storage.ts';

/** What a subscription has acknowledged as long as the process lives. */
export class MemoryAcks implements AckLog {
  #onClosed = (): void => undefined;
  #set: AckSet | undefined;

  /** What it is told when it is closed. It can be opened again. */
  opened(onClosed: () => void): this {
    this.#onClosed = onClosed;
    return this;
  }

  state(): AckState | undefined {
    return this.#set?.state;
  }

  has(offset: number): boolean {
    return this.#set?.has(offset) ?? false;
  }

  async add(offsets: readonly number[]): Promise<void> {
    checkOffsets(offsets);
    this.#set ??= new AckSet();
    for (const offset of offsets) this.#set.add(offset);
  }

  async replace(state: AckState): Promise<void> {
    this.#set = AckSet.of(state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onClosed();
  }
}
