import { type OutgoingRecord, type Publisher, type PublishResult, SluiceError } from '@sluice/core';
import type { ClientOptions } from './client/client.ts';
import { PendingRecord } from './produce/pending-record.ts';
import { Sender } from './produce/sender.ts';
import { positiveMurmur2 } from './records/murmur2.ts';
import { encodeBody } from './records/record-writer.ts';

export interface PublisherOptions extends ClientOptions {
  /** How long a call of `publish` waits for the broker's word. */
  readonly publishTimeoutMs: number;
  /** What may wait for the broker at a time, over all calls. */
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  /** The largest record that is sent at all, for the broker to take or refuse. */
  readonly maxRecordBytes: number;
}

/** Accepts records within bounds of number, size and time, and leaves their delivery to the sender. */
export class KafkaPublisher implements Publisher, AsyncDisposable {
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
    const timestampMs = Date.now();
    const bodies = records.map(encodeBody);
    this.#requireRoom(
      records.length,
      bodies.reduce((sum, body) => sum + body.length, 0),
    );
    if (records.length === 0) return [];
    const call = this.#deliver(records, bodies, timestampMs);
    this.#calls.add(call);
    const results = await call;
    this.#calls.delete(call);
    return results;
  }

  refusal(record: OutgoingRecord): SluiceError | undefined {
    return tooLarge({ topic: record.topic, body: encodeBody(record) }, this.#options.maxRecordBytes);
  }

  /** Waits for what was accepted, each call as long as its time lasts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#calls);
    this.#sender.close();
  }

  #requireRoom(records: number, bytes: number): void {
    const { maxQueuedRecords, maxQueuedBytes } = this.#options;
    if (this.#queuedRecords + records <= maxQueuedRecords && this.#queuedBytes + bytes <= maxQueuedBytes) return;
    throw new SluiceError(
      'overloaded',
      `${records} more records of ${bytes} bytes would exceed what may wait for Kafka: ${this.#queuedRecords} of ` +
        `${maxQueuedRecords} records and ${this.#queuedBytes} of ${maxQueuedBytes} bytes are waiting`,
    );
  }

  async #deliver(
    records: readonly OutgoingRecord[],
    bodies: readonly Buffer[],
    timestampMs: number,
  ): Promise<readonly PublishResult[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const results: PublishResult[] = new Array(records.length);
    let open = records.length;
    const pending = records.map(({ topic, key }, index) => {
      const body = bodies[index] ?? Buffer.of();
      const keyHash = positiveMurmur2(typeof key === 'string' ? Buffer.from(key) : key);
      return new PendingRecord({ topic, keyHash, body, timestampMs }, (result) => {
        results[index] = result;
        this.#queuedRecords--;
        this.#queuedBytes -= body.length;
        // The answers wait until the next request is on its way, so that the broker has work while they are given.
        if (--open === 0) setImmediate(resolve);
      });
    });
    for (const record of pending) this.#enqueue(record);
    const timer = setTimeout(() => this.#expire(pending), this.#options.publishTimeoutMs);
    await promise;
    clearTimeout(timer);
    return results;
  }

  #enqueue(record: PendingRecord): void {
    const { maxRecordBytes } = this.#options;
    this.#queuedRecords++;
    this.#queuedBytes += record.body.length;
    const refusal = tooLarge(record, maxRecordBytes);
    if (refusal) record.failed(refusal);
    else this.#sender.send(record);
  }

  #expire(pending: readonly PendingRecord[]): void {
    const { publishTimeoutMs } = this.#options;
    const error = new SluiceError('unavailable', `Kafka did not confirm the record within ${publishTimeoutMs} ms`);
    for (const record of pending) {
      if (record.settled) continue;
      record.failed(error);
      this.#sender.drop(record);
    }
  }
}

function tooLarge(
  { topic, body }: Pick<PendingRecord, 'topic' | 'body'>,
  maxRecordBytes: number,
): SluiceError | undefined {
  if (body.length <= maxRecordBytes) return undefined;
  return new SluiceError(
    'too-large',
    `a record for ${topic} may have at most ${maxRecordBytes} bytes with its key and headers, got ${body.length}`,
  );
}
