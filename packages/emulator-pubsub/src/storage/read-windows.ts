import type { Cached, MemoryBudget } from './memory-budget.ts';
import type { ReadLimits, StoredMessage } from './storage.ts';

/** So many subscriptions of a topic can catch up at different places without reading anything twice. */
const MAX_WINDOWS = 8;

/** What the messages take beside their bytes. */
const MESSAGE_BYTES = 150;

interface Window extends Cached {
  readonly firstOffset: number;
  readonly messages: readonly StoredMessage[];
}

/** What was read from the disk beyond what was asked for, since the next to be asked for is the next. */
export class ReadWindows {
  readonly #budget: MemoryBudget;
  #windows: Window[] = [];

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Messages one after the other, at least one, in so many bytes of memory. */
  add(messages: readonly StoredMessage[], bytes: number): void {
    const firstOffset = messages[0]?.offset ?? 0;
    const window: Window = {
      firstOffset,
      messages,
      bytes: bytes + messages.length * MESSAGE_BYTES,
      drop: () => this.#forget(window),
    };
    const [oldest] = this.#windows;
    if (oldest !== undefined && this.#windows.length >= MAX_WINDOWS) this.#remove(oldest);
    this.#budget.add(window);
    this.#windows.push(window);
  }

  /** At least one; undefined where that one is not here. */
  read(offset: number, limits: ReadLimits): readonly StoredMessage[] | undefined {
    for (const { firstOffset, messages } of this.#windows) {
      const index = offset - firstOffset;
      if (index >= 0 && index < messages.length) return upTo(messages, index, limits);
    }
    return undefined;
  }

  clear(): void {
    for (const window of this.#windows) this.#budget.remove(window);
    this.#windows = [];
  }

  #remove(window: Window): void {
    this.#budget.remove(window);
    this.#forget(window);
  }

  #forget(window: Window): void {
    this.#windows = this.#windows.filter((each) => each !== window);
  }
}

/** From `start` on, at least one where there is one. */
export function upTo(
  messages: readonly StoredMessage[],
  start: number,
  { maxMessages, maxBytes }: ReadLimits,
): readonly StoredMessage[] {
  const most = Math.min(messages.length, start + Math.max(maxMessages, 1));
  let end = start;
  for (let bytes = 0; end < most; end += 1) {
    bytes += messages[end]?.encoded.length ?? 0;
    if (bytes > maxBytes && end > start) break;
  }
  return messages.slice(start, end);
}
