import { ManualClock } from '@sluice/durable-log';
import { SubscriptionFaults } from '../../faults.ts';
import { openMemoryStorage } from '../../storage/memory-storage.ts';
import type { AckLog, MessageLog, NewMessage, StoredMessage } from '../../storage/storage.ts';
import type { AckOutcome, Delivery, DeliveryEvent, DeliverySettings, ReceivedMessage } from '../delivery.ts';
import { openDelivery } from '../open-delivery.ts';

const plain: DeliverySettings = {
  ackDeadlineMs: 10_000,
  isOrdered: false,
  isExactlyOnce: false,
  matches: () => true,
  retry: null,
  deadLetter: null,
  retentionMs: 7 * 24 * 3_600_000,
  retainAcked: false,
};

export interface RigOptions {
  readonly settings?: Partial<DeliverySettings>;
  /** Stands between the delivery and the log, to fail or to be slow. */
  readonly wrapLog?: (log: MessageLog) => MessageLog;
  readonly wrapAcks?: (acks: AckLog) => AckLog;
  readonly forward?: (message: StoredMessage, attempts: number) => Promise<boolean>;
}

/** One subscription on memory storage, by a clock that stands still. */
export class Rig implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly faults = new SubscriptionFaults();
  readonly events: DeliveryEvent[] = [];
  readonly forwarded: { readonly text: string; readonly attempts: number }[] = [];
  readonly log: MessageLog;
  readonly acks: AckLog;
  delivery: Delivery;
  #settings: DeliverySettings;
  readonly #options: RigOptions;
  readonly #storage: AsyncDisposable;

  private constructor(
    options: RigOptions,
    parts: { log: MessageLog; acks: AckLog; storage: AsyncDisposable; clock: ManualClock },
  ) {
    this.#options = options;
    this.#settings = { ...plain, ...options.settings };
    this.clock = parts.clock;
    this.log = parts.log;
    this.acks = parts.acks;
    this.#storage = parts.storage;
    this.delivery = this.#open();
  }

  static async open(options: RigOptions = {}): Promise<Rig> {
    const clock = new ManualClock();
    const storage = openMemoryStorage({ clock });
    const log = await storage.openMessages('topic');
    const acks = await storage.openAcks('subscription');
    await acks.replace({ below: 0, ranges: [] });
    return new Rig(options, { log, acks, storage, clock });
  }

  /** As when the emulator is ended and started again: what it knew in memory is gone. */
  async restart(): Promise<void> {
    await this.delivery[Symbol.asyncDispose]();
    this.delivery = this.#open();
  }

  update(settings: Partial<DeliverySettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.delivery.update(this.#settings);
  }

  /** Each text is a message; `key:text` has an ordering key. */
  async publish(...texts: string[]): Promise<void> {
    await this.log.append(texts.map(newMessage));
  }

  /** At once: none where there are none. */
  pull(maxMessages = 1_000): Promise<readonly ReceivedMessage[]> {
    return this.delivery.pull({ maxMessages, returnImmediately: true, signal: new AbortController().signal });
  }

  async pullTexts(maxMessages = 1_000): Promise<string[]> {
    return texts(await this.pull(maxMessages));
  }

  ack(...received: readonly ReceivedMessage[]): Promise<readonly AckOutcome[]> {
    return this.delivery.acknowledge(received.map(({ ackId }) => ackId));
  }

  nack(...received: readonly ReceivedMessage[]): readonly AckOutcome[] {
    return this.delivery.modifyAckDeadline(
      received.map(({ ackId }) => ackId),
      0,
    );
  }

  extend(ms: number, ...received: readonly ReceivedMessage[]): readonly AckOutcome[] {
    return this.delivery.modifyAckDeadline(
      received.map(({ ackId }) => ackId),
      ms,
    );
  }

  stream(
    options: { clientId?: string; maxMessages?: number; maxBytes?: number; ackDeadlineMs?: number } = {},
  ): RigStream {
    return new RigStream(this.delivery, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delivery[Symbol.asyncDispose]();
    await this.#storage[Symbol.asyncDispose]();
  }

  #open(): Delivery {
    const { wrapLog = (log) => log, wrapAcks = (acks) => acks, forward } = this.#options;
    return openDelivery({
      id: 'sub-1',
      log: wrapLog(this.log),
      acks: wrapAcks(this.acks),
      settings: this.#settings,
      clock: this.clock,
      forward: async (message, attempts) => {
        const isTaken = forward === undefined || (await forward(message, attempts));
        if (isTaken) this.forwarded.push({ text: message.data.toString(), attempts });
        return isTaken;
      },
      faults: this.faults,
      onEvent: (event) => this.events.push(event),
    });
  }
}

/** A streaming pull that keeps all it got. */
export class RigStream implements Disposable {
  readonly received: ReceivedMessage[] = [];
  readonly lots: (readonly ReceivedMessage[])[] = [];
  readonly #stop = new AbortController();
  readonly #stream: ReturnType<Delivery['openStream']>;
  readonly ended: Promise<void>;

  constructor(
    delivery: Delivery,
    {
      clientId = '',
      maxMessages = 0,
      maxBytes = 0,
      ackDeadlineMs = 10_000,
    }: { clientId?: string; maxMessages?: number; maxBytes?: number; ackDeadlineMs?: number },
  ) {
    this.#stream = delivery.openStream({
      clientId,
      ackDeadlineMs,
      maxOutstandingMessages: maxMessages,
      maxOutstandingBytes: maxBytes,
    });
    this.ended = this.#run();
  }

  get texts(): string[] {
    return texts(this.received);
  }

  setAckDeadline(ms: number): void {
    this.#stream.setAckDeadline(ms);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#stream[Symbol.dispose]();
  }

  /** Ends with an empty answer. */
  async #run(): Promise<void> {
    for (;;) {
      const lot = await this.#stream.next(this.#stop.signal);
      if (lot.length === 0) return;
      this.lots.push(lot);
      this.received.push(...lot);
    }
  }
}

export function newMessage(text: string): NewMessage {
  const colon = text.indexOf(':');
  return {
    data: Buffer.from(text),
    attributes: { text },
    orderingKey: colon < 0 ? '' : text.slice(0, colon),
  };
}

export function texts(received: readonly ReceivedMessage[]): string[] {
  return received.map(({ message }) => message.data.toString());
}

/** Lets all that can happen without time passing happen. */
export async function settle(turns = 8): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
