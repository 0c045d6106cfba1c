import type { Clock } from '@sluice/durable-log';
import type { DurableResources } from './durable-resources.ts';
import { nextSerial } from './message-ids.ts';

/** No topic's data has this id. */
const LAST = '';

/** Which serial number the messages of a topic have their ids from. None is given out twice. */
export class TopicSerials {
  readonly #serials: DurableResources;
  readonly #clock: Clock;
  #last: number;

  constructor(serials: DurableResources, clock: Clock) {
    this.#serials = serials;
    this.#clock = clock;
    this.#last = Number(serials.get(LAST)?.toString() ?? 0);
  }

  get ids(): readonly string[] {
    return [...this.#serials.entries()].map(([id]) => id).filter((id) => id !== LAST);
  }

  get(id: string): number | undefined {
    const serial = this.#serials.get(id);
    return serial && Number(serial.toString());
  }

  /** Resolves once it is durable. */
  async create(id: string): Promise<number> {
    const serial = nextSerial(this.#last, this.#clock.now());
    this.#last = serial;
    const value = Buffer.from(String(serial));
    await this.#serials.write([
      { key: id, value },
      { key: LAST, value },
    ]);
    return serial;
  }

  async remove(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.#serials.get(id) !== undefined);
    await this.#serials.write(known.map((key) => ({ key, value: null })));
  }
}
