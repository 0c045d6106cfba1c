import type { BrokerAdmin } from '@sluice/core';

/**
 * Topics of clients' streams that this process has seen to be there. A registration makes its topic first; but the
 * registry may have come from a log whose broker was replaced, and a broker that is asked to take a record for a topic that
 * is missing makes it in its own way.
 */
export class KnownTopics {
  readonly #admin: Pick<BrokerAdmin, 'ensureTopics'>;
  readonly #partitions: number;
  readonly #known = new Set<string>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(admin: Pick<BrokerAdmin, 'ensureTopics'>, partitions: number) {
    this.#admin = admin;
    this.#partitions = partitions;
  }

  has(topic: string): boolean {
    return this.#known.has(topic);
  }

  /** @throws SluiceError where the broker cannot say, or make it */
  async ensure(topic: string): Promise<void> {
    if (this.#known.has(topic)) return;
    const asked = this.#asked.get(topic) ?? this.#ask(topic);
    await asked;
  }

  #ask(topic: string): Promise<void> {
    const asked = this.#admin
      .ensureTopics([{ name: topic, partitions: this.#partitions }])
      .then(() => void this.#known.add(topic))
      .finally(() => this.#asked.delete(topic));
    this.#asked.set(topic, asked);
    return asked;
  }
}
