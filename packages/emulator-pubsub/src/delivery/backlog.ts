import type { MessageLog, StoredMessage } from '../storage/storage.ts';

const newWindow = { maxMessages: 1_000, maxBytes: 1024 * 1024 };
/** What comes back lies scattered more often than not. */
const returnedWindow = { maxMessages: 100, maxBytes: 1024 * 1024 };

/**
 * Reads the topic: what is new by a cursor, and what came back by its offset. Neither waits: what is not at hand is
 * fetched, and `onFetched` says when to ask again. Holds one window of each, however long the backlog.
 */
export class Backlog {
  readonly #log: MessageLog;
  readonly #onFetched: (error?: unknown) => void;
  #cursor: number;
  #new: readonly StoredMessage[] = [];
  #newIndex = 0;
  #returned: readonly StoredMessage[] = [];
  #isFetchingNew = false;
  #isFetchingReturned = false;
  /** Moves with each seek, so that what is fetched meanwhile is not taken for what is to come. */
  #epoch = 0;

  constructor(log: MessageLog, from: number, onFetched: (error?: unknown) => void) {
    this.#log = log;
    this.#cursor = from;
    this.#onFetched = onFetched;
  }

  /** Whether an answer of the disk is waited for. */
  get isFetching(): boolean {
    return this.#isFetchingNew || this.#isFetchingReturned;
  }

  /** How many messages were not looked at yet. */
  get ahead(): number {
    return Math.max(0, this.#log.endOffset - this.#cursor);
  }

  seek(offset: number): void {
    this.#epoch += 1;
    this.#cursor = offset;
    this.#new = [];
    this.#newIndex = 0;
    this.#returned = [];
  }

  /** The message at the cursor. */
  next(): StoredMessage | undefined {
    const message = this.#new[this.#newIndex];
    if (message !== undefined) return message;
    if (this.#isFetchingNew) return undefined;
    this.#cursor = Math.max(this.#cursor, this.#log.startOffset);
    if (this.#cursor >= this.#log.endOffset) return undefined;
    const messages = this.#log.readNow(this.#cursor, newWindow);
    if (messages === undefined) {
      this.#isFetchingNew = true;
      this.#fetch(this.#cursor, newWindow, (fetched) => {
        this.#isFetchingNew = false;
        if (fetched !== undefined) this.#show(fetched);
      });
      return undefined;
    }
    this.#show(messages);
    return messages[0];
  }

  /** Goes past the message at the cursor. */
  advance(): void {
    const message = this.#new[this.#newIndex];
    if (message === undefined) return;
    this.#cursor = message.offset + 1;
    this.#newIndex += 1;
    if (this.#newIndex < this.#new.length) return;
    this.#new = [];
    this.#newIndex = 0;
  }

  /** The message at an offset that was passed; 'gone' where the topic has let it go. */
  at(offset: number): StoredMessage | 'gone' | undefined {
    const known = this.#known(offset);
    if (known !== undefined || this.#isFetchingReturned) return known;
    if (offset < this.#log.startOffset) return 'gone';
    const messages = this.#log.readNow(offset, returnedWindow);
    if (messages !== undefined) {
      this.#returned = messages;
      return this.#known(offset) ?? 'gone';
    }
    this.#isFetchingReturned = true;
    this.#fetch(offset, returnedWindow, (fetched) => {
      this.#isFetchingReturned = false;
      if (fetched !== undefined) this.#returned = fetched;
    });
    return undefined;
  }

  #known(offset: number): StoredMessage | undefined {
    const first = this.#returned[0];
    return first === undefined ? undefined : this.#returned[offset - first.offset];
  }

  #show(messages: readonly StoredMessage[]): void {
    this.#new = messages;
    this.#newIndex = 0;
    this.#cursor = messages[0]?.offset ?? this.#cursor;
  }

  #fetch(
    offset: number,
    limits: typeof newWindow,
    done: (fetched: readonly StoredMessage[] | undefined) => void,
  ): void {
    const epoch = this.#epoch;
    this.#log.read(offset, limits).then(
      (messages) => {
        done(epoch === this.#epoch ? messages : undefined);
        this.#onFetched();
      },
      (error: unknown) => {
        done(undefined);
        this.#onFetched(error);
      },
    );
  }
}
