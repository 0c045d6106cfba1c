import type { BodyBudget } from './budget.ts';

/** The least room that is made for a body of several chunks. */
const LEAST_ROOM_BYTES = 16 * 1024;

/**
 * A body as it comes. One that comes in one piece, as small ones do, is kept as that piece. Others are copied together:
 * kept as they come, chunks of a byte each would take hundreds of times their size.
 */
export class KeptBody {
  readonly #budget: BodyBudget;
  readonly #mostBytes: number;
  #room: Buffer | undefined;
  #length = 0;
  #heldBytes = 0;

  /** @param mostBytes the room is not made larger than this */
  constructor(budget: BodyBudget, mostBytes: number) {
    this.#budget = budget;
    this.#mostBytes = mostBytes;
  }

  /** What has come. */
  get bytes(): Buffer {
    return this.#room?.subarray(0, this.#length) ?? Buffer.alloc(0);
  }

  /** What was taken from the budget. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @returns false where the budget is used up */
  add(chunk: Buffer): boolean {
    const length = this.#length + chunk.length;
    if (this.#room === undefined) {
      if (!this.#hold(chunk.length)) return false;
      this.#room = chunk;
    } else {
      if (length > this.#room.length && !this.#grow(length)) return false;
      chunk.copy(this.#room, this.#length);
    }
    this.#length = length;
    return true;
  }

  /** Gives back what was taken. */
  drop(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
    this.#room = undefined;
    this.#length = 0;
  }

  #grow(length: number): boolean {
    const size = Math.max(length, Math.min(this.#mostBytes, Math.max(2 * length, LEAST_ROOM_BYTES)));
    if (!this.#hold(size - this.#heldBytes)) return false;
    const room = Buffer.allocUnsafeSlow(size);
    this.#room?.copy(room, 0, 0, this.#length);
    this.#room = room;
    return true;
  }

  #hold(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }
}
