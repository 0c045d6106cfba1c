import {
  type Broker,
  type BrokerRecord,
  pause,
  type SluiceError,
  type SubscriptionOptions,
  wantsReassignment,
} from '@sluice/core';

const TOPIC = 'commands';

/**
 * A broker of one partition whose log a test writes by hand, and which can be down. Delivers record by record what lies
 * past the place that the handler asked for, and tells what it was given back.
 */
export class ScriptedBroker implements Broker {
  readonly capabilities = { offsets: true };
  readonly records: BrokerRecord[] = [];
  /** What every question to the broker is answered with, while it is set. */
  outage: SluiceError | undefined;
  /** The next offset that each subscription committed last. */
  committed = 0;

  append(value: string): void {
    const offset = this.records.length;
    this.records.push({
      topic: TOPIC,
      position: { kind: 'offset', partition: 0, offset },
      timestampMs: offset,
      key: null,
      value: Buffer.from(value),
      headers: [],
    });
  }

  readonly publisher = {
    publish: async () => [],
  };

  readonly admin = {
    ensureTopics: async () => this.#answer(),
    ping: async () => this.#answer(),
    ends: async () => {
      this.#answer();
      return [this.#place()];
    },
  };

  readonly subscriber = {
    run: async ({ handler, signal }: SubscriptionOptions): Promise<void> => {
      let offset: number | undefined;
      while (!signal.aborted) {
        try {
          offset ??= (await handler.assigned([this.#place()]))[0]?.offset ?? 0;
          const record = this.records[offset];
          if (record === undefined) {
            await pause(1, signal);
            continue;
          }
          const batch = { topic: TOPIC, partition: 0, records: [record], endOffset: this.records.length };
          const { count, resumeAt } = await handler.handle(batch, signal);
          offset = resumeAt ?? offset + count;
          this.committed = offset;
        } catch (error) {
          if (!wantsReassignment(error)) throw error;
          offset = undefined;
        }
      }
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {}

  #place() {
    return { topic: TOPIC, partition: 0, startOffset: 0, endOffset: this.records.length };
  }

  #answer(): void {
    if (this.outage) throw this.outage;
  }
}
