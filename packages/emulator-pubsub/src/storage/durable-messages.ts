import { type Clock, type DurableLog, LogError } from '@sluice/durable-log';
import type { DiskGuard } from './disk-guard.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { decodeBlock } from './message-block.ts';
import { encodeMessages } from './message-codec.ts';
import type { MessageIds } from './message-ids.ts';
import { ReadWindows, upTo } from './read-windows.ts';
import { RecentMessages } from './recent-messages.ts';
import type { EncodedMessages, MessageLog, NewMessage, ReadLimits, StoredMessage } from './storage.ts';

/** At least so much is read at a time by those who catch up. */
const READ_BYTES = 512 * 1024;

export interface DurableMessagesOptions {
  readonly serial: number;
  readonly clock: Clock;
  readonly budget: MemoryBudget;
  readonly guard: DiskGuard;
  readonly onClosed: () => void;
}

/** The messages of a topic in a log of its own, an entry for each publish. */
export class DurableMessages implements MessageLog {
  readonly #log: DurableLog;
  readonly #options: DurableMessagesOptions;
  readonly #recent: RecentMessages;
  readonly #windows: ReadWindows;
  #lastTimeMs: number;

  /** The log becomes the messages' own. */
  static async open(log: DurableLog, options: DurableMessagesOptions): Promise<DurableMessages> {
    const isEmpty = log.startOffset === log.endOffset;
    const [newest] = isEmpty ? [] : await log.read(log.endOffset - 1, 1);
    return new DurableMessages(log, options, newest?.timestampMs ?? 0);
  }

  private constructor(log: DurableLog, options: DurableMessagesOptions, lastTimeMs: number) {
    this.#log = log;
    this.#options = options;
    this.#recent = new RecentMessages(options.serial, log.endOffset, options.budget);
    this.#windows = new ReadWindows(options.budget);
    this.#lastTimeMs = lastTimeMs;
  }

  get startOffset(): number {
    return this.#log.startOffset;
  }

  get endOffset(): number {
    return this.#log.endOffset;
  }

  async append(
    messages: readonly NewMessage[],
  ): Promise<readonly { readonly messageId: string; readonly publishTimeUs: number }[]> {
    if (messages.length === 0) return [];
    const { ids, publishTimeUs } = await this.#append(encodeMessages(messages));
    return messages.map((_, index) => ({ messageId: ids.at(index), publishTimeUs }));
  }

  async appendEncoded(messages: EncodedMessages): Promise<MessageIds> {
    return (await this.#append(messages)).ids;
  }

  async #append(messages: EncodedMessages): Promise<{ readonly ids: MessageIds; readonly publishTimeUs: number }> {
    // Appends that failed have given their offsets back.
    if (this.#recent.nextOffset !== this.#log.nextOffset) this.#recent.cutTo(this.#log.nextOffset);
    const timestampMs = Math.max(this.#lastTimeMs, this.#options.clock.now());
    this.#lastTimeMs = timestampMs;
    const publishTimeUs = timestampMs * 1000;
    const { bytes, lengths, ids } = this.#recent.append(messages, publishTimeUs);
    const payload = [lengths, bytes];
    await this.#options.guard.watch(this.#log.append({ count: ids.count, timestampMs, payload }));
    return { ids, publishTimeUs };
  }

  readNow(offset: number, limits: ReadLimits): readonly StoredMessage[] | undefined {
    const from = Math.max(offset, this.startOffset);
    if (from >= this.endOffset) return [];
    return this.#recent.read(from, this.endOffset, limits) ?? this.#windows.read(from, limits);
  }

  async read(offset: number, limits: ReadLimits): Promise<readonly StoredMessage[]> {
    const atHand = this.readNow(offset, limits);
    if (atHand !== undefined) return atHand;
    const messages = await this.#options.guard.watch(this.#load(offset, Math.max(limits.maxBytes, READ_BYTES)));
    return upTo(messages, 0, limits);
  }

  /** From the disk, at least one where there is one. */
  async #load(offset: number, maxBytes: number): Promise<readonly StoredMessage[]> {
    for (;;) {
      const from = Math.max(offset, this.startOffset);
      try {
        const entries = await this.#log.read(from, maxBytes);
        const messages = entries.flatMap((entry) => decodeBlock(entry, this.#options.serial, from));
        const bytes = entries.reduce((sum, { payload }) => sum + payload.length, 0);
        if (messages.length > 0) this.#windows.add(messages, bytes);
        return messages;
      } catch (error) {
        const wasTrimmed = error instanceof LogError && error.code === 'out-of-range' && from < this.startOffset;
        if (!wasTrimmed) throw error;
      }
    }
  }

  async offsetAt(publishTimeUs: number): Promise<number> {
    const found = await this.#options.guard.watch(this.#log.findByTimestamp(Math.ceil(publishTimeUs / 1000)));
    return found?.offset ?? this.endOffset;
  }

  onAppended(listener: () => void): () => void {
    return this.#log.onDurable(listener);
  }

  async trimBefore(offset: number): Promise<void> {
    // The newest message stays: it says which time no later one may come before. Nor is it worth a new file to be rid of it.
    await this.#options.guard.watch(this.#log.trimBefore(Math.min(offset, this.endOffset - 1)));
    this.#recent.trimBefore(this.startOffset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    this.#recent.trimBefore(this.#recent.nextOffset);
    this.#windows.clear();
    this.#options.onClosed();
  }
}
