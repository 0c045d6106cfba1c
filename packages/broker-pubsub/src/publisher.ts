import { type OutgoingRecord, type Publisher, type PublishResult, SluiceError } from '@sluice/core';
import { type OutgoingMessage, outgoingMessage } from './produce/outgoing-message.ts';
import { PendingMessage } from './produce/pending-message.ts';
import { Sender, type SenderOptions } from './produce/sender.ts';

export interface PublisherOptions extends SenderOptions {
  /** How long a call of `publish` waits for the broker's word. */
  readonly publishTimeoutMs: number;
  /** What may wait for the broker at a time, over all calls. */
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  /** The largest message that is sent, with its key and headers. */
  readonly maxMessageBytes: number;
}

type Accepted = { readonly message: OutgoingMessage } | { readonly error: SluiceError };

/** Accepts records within bounds of number, size and time, and leaves their delivery to the sender. */
export class PubSubPublisher implements Publisher, AsyncDisposable {
  readonly #options: PublisherOptions;
  readonly #sender: Sender;
  readonly #calls = new Set<Promise<unknown>>();
  #queuedRecords = 0;
  #queuedBytes = 0;
  #closed = false;

  constructor(options: PublisherOptions, sender = new Sender(options)) {
    this.#options = options;
    this.#sender = sender;
  }

  async publish(records: readonly OutgoingRecord[]): Promise<readonly PublishResult[]> {
    if (this.#closed) throw new SluiceError('closed', 'the publisher was closed');
    this.#requireRoom(records.length, 0);
    const accepted = records.map((record) => this.#accept(record));
    this.#requireRoom(
      records.length,
      accepted.reduce((sum, each) => sum + ('message' in each ? each.message.bytes.length : 0), 0),
    );
    if (records.length === 0) return [];
    const call = this.#deliver(accepted);
    this.#calls.add(call);
    const results = await call;
    this.#calls.delete(call);
    return results;
  }

  refusal(record: OutgoingRecord): SluiceError | undefined {
    const accepted = this.#accept(record);
    return 'error' in accepted ? accepted.error : undefined;
  }

  /** Waits for what was accepted, each call as long as its time lasts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#calls);
    this.#sender.close();
  }

  #accept(record: OutgoingRecord): Accepted {
    const { maxMessageBytes } = this.#options;
    try {
      const message = outgoingMessage(record);
      if (message.bytes.length <= maxMessageBytes) return { message };
      throw new SluiceError(
        'too-large',
        `a record for ${record.topic} may have at most ${maxMessageBytes} bytes with its key and headers, got ` +
          `${message.bytes.length}`,
      );
    } catch (error) {
      if (error instanceof SluiceError) return { error };
      throw error;
    }
  }

  #requireRoom(records: number, bytes: number): void {
    const { maxQueuedRecords, maxQueuedBytes } = this.#options;
    if (this.#queuedRecords + records <= maxQueuedRecords && this.#queuedBytes + bytes <= maxQueuedBytes) return;
    throw new SluiceError(
      'overloaded',
      `${records} more records of ${bytes} bytes would exceed what may wait for Pub/Sub: ${this.#queuedRecords} of ` +
        `${maxQueuedRecords} records and ${this.#queuedBytes} of ${maxQueuedBytes} bytes are waiting`,
    );
  }

  async #deliver(accepted: readonly Accepted[]): Promise<readonly PublishResult[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const results: PublishResult[] = new Array(accepted.length);
    let open = accepted.length;
    const settle = (index: number, result: PublishResult): void => {
      results[index] = result;
      if (--open === 0) resolve();
    };
    const pending: PendingMessage[] = [];
    for (const [index, each] of accepted.entries()) {
      if ('error' in each) settle(index, { kind: 'failed', error: each.error });
      else pending.push(this.#pending(each.message, (result) => settle(index, result)));
    }
    for (const message of pending) this.#sender.send(message);
    const timer = setTimeout(() => this.#expire(pending), this.#options.publishTimeoutMs);
    await promise;
    clearTimeout(timer);
    return results;
  }

  #pending(message: OutgoingMessage, settle: (result: PublishResult) => void): PendingMessage {
    this.#queuedRecords++;
    this.#queuedBytes += message.bytes.length;
    return new PendingMessage(message, (result) => {
      this.#queuedRecords--;
      this.#queuedBytes -= message.bytes.length;
      settle(result);
    });
  }

  #expire(pending: readonly PendingMessage[]): void {
    const { publishTimeoutMs } = this.#options;
    this.#sender.expired(pending, (lastError) => {
      const why = lastError === null ? '' : ` (${lastError.message})`;
      const text = `Pub/Sub did not confirm the record within ${publishTimeoutMs} ms${why}`;
      return new SluiceError('unavailable', text, { cause: lastError });
    });
  }
}
