import type { SubscriptionFaults } from '../faults.ts';
import type { AckLog, MessageLog, StoredMessage } from '../storage/storage.ts';
import type { Delivered } from './delivered.ts';
import type { DeliveryEvent, DeliveryOptions } from './delivery.ts';

export interface DeadLettersOptions {
  readonly log: MessageLog;
  readonly acks: AckLog;
  readonly forward: DeliveryOptions['forward'];
  readonly faults: SubscriptionFaults;
  readonly onEvent: (event: DeliveryEvent) => void;
  /** It is published, or gone, and acknowledged here. */
  readonly onForwarded: (delivered: Delivered) => void;
  /** It was not published, or that could not be noted: it has to come again. */
  readonly onFailed: (delivered: Delivered) => void;
}

/** Sends what was delivered in vain too often to another topic, and then acknowledges it. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** One is read after the other, so that they are published in the order in which they failed. */
  #reading: Promise<void> = Promise.resolve();

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  forward(delivered: Delivered): void {
    delivered.status = 'forwarding';
    this.#reading = this.#reading.then(async () => {
      if (delivered.status !== 'forwarding') return;
      try {
        const message = await this.#read(delivered.offset);
        void this.#publish(delivered, message);
      } catch (error) {
        this.#fail(delivered, 'read-failed', error);
      }
    });
  }

  async #read(offset: number): Promise<StoredMessage | undefined> {
    const { log } = this.#options;
    if (offset < log.startOffset) return undefined;
    const [message] = await log.read(offset, { maxMessages: 1, maxBytes: 1 });
    return message?.offset === offset ? message : undefined;
  }

  async #publish(delivered: Delivered, message: StoredMessage | undefined): Promise<void> {
    const { acks, forward, faults } = this.#options;
    if (message !== undefined) {
      try {
        const isDoubled = faults.doubledDeadLetters > 0;
        if (isDoubled) faults.doubledDeadLetters -= 1;
        const published = forward(message, delivered.failures);
        if (isDoubled) await forward(message, delivered.failures);
        if (!(await published)) throw new Error(`the dead-letter topic did not take message ${message.messageId}`);
      } catch (error) {
        this.#fail(delivered, 'forward-failed', error);
        return;
      }
    }
    // Acknowledged, or forgotten by a seek, while it was on its way.
    if (delivered.status !== 'forwarding') return;
    try {
      await acks.add([delivered.offset]);
    } catch (error) {
      this.#fail(delivered, 'ack-failed', error);
      return;
    }
    if (delivered.status === 'forwarding') this.#options.onForwarded(delivered);
  }

  #fail(delivered: Delivered, type: DeliveryEvent['type'], error: unknown): void {
    this.#options.onEvent({ type, error });
    if (delivered.status === 'forwarding') this.#options.onFailed(delivered);
  }
}
