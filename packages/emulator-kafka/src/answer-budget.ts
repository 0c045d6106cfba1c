/** Of what is left, one answer may take this part. */
const SHARE = 1 / 4;

/** Memory is lent in multiples of this; what needs less than one is not worth keeping. */
const GRAIN_BYTES = 128 * 1024;

/** What is kept to be lent again. */
const MAX_IDLE_BYTES = 16 * 1024 * 1024;

/**
 * The memory that fetched records of all connections together may take until they are written to their sockets.
 *
 * An answer gets a part of what is left, not all of it: so clients that do not read, each of which holds an answer for as
 * long as it stays, leave less and less to the others, but never nothing. A batch comes in any case (KIP-74), so even
 * beyond the limit every client gets on.
 *
 * What was written is read into again: memory that is new for each answer has to be cleared by the kernel, and keeps the
 * garbage collector busy, at twice the price of the copying.
 */
export class AnswerBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;
  #idle: Buffer[] = [];
  #idleBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** For one answer. */
  share(): AnswerShare {
    let held = 0;
    const lent = new Map<ArrayBufferLike, Buffer>();
    const hold = (bytes: number): void => {
      this.#heldBytes += bytes - held;
      held = bytes;
    };
    return {
      take: (bytes) => {
        hold(0);
        const left = Math.max(this.#maxBytes - this.#heldBytes, 0);
        hold(Math.min(bytes, Math.floor(left * SHARE)));
        return held;
      },
      allocate: (bytes) => {
        if (bytes < GRAIN_BYTES) return Buffer.allocUnsafeSlow(bytes);
        const memory = this.#lend(Math.ceil(bytes / GRAIN_BYTES) * GRAIN_BYTES);
        lent.set(memory.buffer, memory);
        return memory.subarray(0, bytes);
      },
      free: ({ buffer }) => {
        const memory = lent.get(buffer);
        if (memory === undefined) return;
        lent.delete(buffer);
        this.#takeBack(memory);
      },
      hold,
      release: () => {
        hold(0);
        for (const memory of lent.values()) this.#takeBack(memory);
        lent.clear();
      },
    };
  }

  #lend(bytes: number): Buffer {
    const index = this.#idle.findIndex(({ length }) => length >= bytes && length <= 2 * bytes);
    const [found] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(bytes);
    this.#idleBytes -= found.length;
    return found;
  }

  #takeBack(memory: Buffer): void {
    if (memory.length > MAX_IDLE_BYTES) return;
    this.#idle.push(memory);
    this.#idleBytes += memory.length;
    while (this.#idleBytes > MAX_IDLE_BYTES) this.#idleBytes -= this.#idle.shift()?.length ?? 0;
  }
}

/** What one answer holds of the budget; each call replaces what it held before. */
export interface AnswerShare {
  /** Sets aside up to so many bytes. @returns how many; perhaps none. */
  take(bytes: number): number;
  /** Memory to read into, as it is. It is lent to the next answer once this one is released. */
  allocate(bytes: number): Buffer;
  /** Of what was allocated, this is not needed after all. */
  free(memory: Buffer): void;
  /** Says how many they really are, even where that is more than there is. */
  hold(bytes: number): void;
  /** The answer lies in memory no more, and nobody reads what was allocated for it. Doing so twice is fine. */
  release(): void;
}
