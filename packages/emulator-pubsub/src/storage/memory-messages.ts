import type { Clock } from '@sluice/durable-log';
import { encodeMessages } from './message-codec.ts';
import type { MessageIds } from './message-ids.ts';
import { RecentMessages } from './recent-messages.ts';
import type { EncodedMessages, MessageLog, NewMessage, ReadLimits, StoredMessage } from './storage.ts';

/** The messages of a topic as long as the process lives. */
export class MemoryMessages implements MessageLog {
  readonly #messages: RecentMessages;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #onClosed = (): void => undefined;
  #lastTimeUs = 0;

  constructor(serial: number, clock: Clock) {
    this.#messages = new RecentMessages(serial, 0);
    this.#clock = clock;
  }

  /** What it is told when it is closed. It can be opened again. */
  opened(onClosed: () => void): this {
    this.#onClosed = onClosed;
    return this;
  }

  get startOffset(): number {
    return this.#messages.startOffset;
  }

  get endOffset(): number {
    return this.#messages.nextOffset;
  }

  async append(
    messages: readonly NewMessage[],
  ): Promise<readonly { readonly messageId: string; readonly publishTimeUs: number }[]> {
    if (messages.length === 0) return [];
    const { ids, publishTimeUs } = this.#append(encodeMessages(messages));
    return messages.map((_, index) => ({ messageId: ids.at(index), publishTimeUs }));
  }

  async appendEncoded(messages: EncodedMessages): Promise<MessageIds> {
    return this.#append(messages).ids;
  }

  #append(messages: EncodedMessages): { readonly ids: MessageIds; readonly publishTimeUs: number } {
    const publishTimeUs = Math.max(this.#lastTimeUs, this.#clock.now() * 1000);
    this.#lastTimeUs = publishTimeUs;
    const { ids } = this.#messages.append(messages, publishTimeUs);
    for (const listener of [...this.#listeners]) listener();
    return { ids, publishTimeUs };
  }

  async read(offset: number, limits: ReadLimits): Promise<readonly StoredMessage[]> {
    return this.readNow(offset, limits);
  }

  readNow(offset: number, limits: ReadLimits): readonly StoredMessage[] {
    return this.#messages.read(Math.max(offset, this.startOffset), this.endOffset, limits) ?? [];
  }

  async offsetAt(publishTimeUs: number): Promise<number> {
    return this.#messages.offsetAt(publishTimeUs);
  }

  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async trimBefore(offset: number): Promise<void> {
    this.#messages.trimBefore(offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onClosed();
  }
}
