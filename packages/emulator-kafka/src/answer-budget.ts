/** Of what is left, one answer may take this part. */
const SHARE = 1 / 4;

/**
 * The memory that fetched records of all connections together may take until they are written to their sockets.
 *
 * An answer gets a part of what is left, not all of it: so clients that do not read, each of which holds an answer for as
 * long as it stays, leave less and less to the others, but never nothing. A batch comes in any case (KIP-74), so even
 * beyond the limit every client gets on.
 */
export class AnswerBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** For one answer. */
  share(): AnswerShare {
    let held = 0;
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
      hold,
      release: () => hold(0),
    };
  }
}

/** What one answer holds of the budget; each call replaces what it held before. */
export interface AnswerShare {
  /** Sets aside up to so many bytes. @returns how many; perhaps none. */
  take(bytes: number): number;
  /** Says how many they really are, even where that is more than there is. */
  hold(bytes: number): void;
  /** The answer lies in memory no more. Doing so twice is fine. */
  release(): void;
}
