import type { Clock } from '@sluice/durable-log';
import { NumberHeap } from './number-heap.ts';

export interface Timed {
  /** When it is due, in ms since the epoch; 0 where it is not among the deadlines. Theirs to write. */
  dueMs: number;
}

/**
 * What is due when, with one timer for all. Things due in the same millisecond share a bucket, as a lot of messages
 * does, so that the heap holds a number for each bucket instead of each thing.
 */
export class Deadlines<T extends Timed> {
  readonly #clock: Clock;
  readonly #onDue: (due: T[]) => void;
  readonly #buckets = new Map<number, Set<T>>();
  /** The times of the buckets, and of some that became empty. */
  readonly #times = new NumberHeap();
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null;

  constructor(clock: Clock, onDue: (due: T[]) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How many times it remembers, which is bounded by twice as many as there are things. */
  get times(): number {
    return this.#times.size;
  }

  set(item: T, dueMs: number): void {
    if (item.dueMs === dueMs) return;
    this.remove(item);
    item.dueMs = dueMs;
    let bucket = this.#buckets.get(dueMs);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(dueMs, bucket);
      this.#times.push(dueMs);
      if (this.#times.size > this.#buckets.size * 2 + 1_000) this.#times.replace(this.#buckets.keys());
      this.#arm();
    }
    bucket.add(item);
  }

  remove(item: T): void {
    if (item.dueMs === 0) return;
    const bucket = this.#buckets.get(item.dueMs);
    bucket?.delete(item);
    if (bucket?.size === 0) this.#buckets.delete(item.dueMs);
    item.dueMs = 0;
  }

  /** Stops the timer and forgets all. */
  clear(): void {
    for (const bucket of this.#buckets.values()) for (const item of bucket) item.dueMs = 0;
    this.#buckets.clear();
    this.#times.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #next(): number | undefined {
    for (;;) {
      const atMs = this.#times.peek();
      if (atMs === undefined || this.#buckets.has(atMs)) return atMs;
      this.#times.pop();
    }
  }

  /** A timer that is too early fires in vain and is set anew, which is cheaper than to set it with every change. */
  #arm(): void {
    const atMs = this.#next();
    if (atMs === undefined || (this.#timer !== null && this.#timer.atMs <= atMs)) return;
    this.#timer?.cancel();
    const delayMs = Math.max(0, atMs - this.#clock.now());
    this.#timer = { atMs, cancel: this.#clock.after(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = null;
    const nowMs = this.#clock.now();
    const due: T[] = [];
    for (let atMs = this.#next(); atMs !== undefined && atMs <= nowMs; atMs = this.#next()) {
      const bucket = this.#buckets.get(atMs) as Set<T>;
      this.#buckets.delete(atMs);
      for (const item of bucket) {
        item.dueMs = 0;
        due.push(item);
      }
    }
    if (due.length > 0) this.#onDue(due);
    this.#arm();
  }
}
