import type { PublishResult, SluiceError } from '@sluice/core';
import type { OutgoingMessage } from './outgoing-message.ts';
import { MESSAGE_OVERHEAD_BYTES } from './publish-request.ts';

/** An accepted message, until the broker's word on it is known or its call's time is over. */
export class PendingMessage implements OutgoingMessage {
  readonly topic: string;
  readonly orderingKey: string;
  readonly bytes: Buffer;
  readonly #settle: (result: PublishResult) => void;
  #settled = false;

  constructor({ topic, orderingKey, bytes }: OutgoingMessage, settle: (result: PublishResult) => void) {
    this.topic = topic;
    this.orderingKey = orderingKey;
    this.bytes = bytes;
    this.#settle = settle;
  }

  /** What it takes up in a request, at most. */
  get size(): number {
    return this.bytes.length + MESSAGE_OVERHEAD_BYTES;
  }

  get settled(): boolean {
    return this.#settled;
  }

  published(messageId: string): void {
    this.#end({ kind: 'published', topic: this.topic, partition: null, offset: null, messageId });
  }

  failed(error: SluiceError): void {
    this.#end({ kind: 'failed', error });
  }

  #end(result: PublishResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(result);
  }
}
