/** What an ack id says. */
export interface LeaseName {
  readonly offset: number;
  /** Counts the leases of one run of the emulator, from 1. */
  readonly lease: number;
  /** Whether it was issued since the emulator started. Another run's may still tell which message is meant. */
  readonly isOfThisRun: boolean;
}

const form = /^([a-zA-Z0-9_-]+)\.([a-z0-9]+)\.(\d{1,16})\.(\d{1,16})$/;

/** Makes the ack ids of one subscription, and understands those: `<subscription>.<run>.<offset>.<lease>`. */
export class AckIds {
  readonly #id: string;
  readonly #prefix: string;

  constructor(id: string, random: () => number) {
    this.#id = id;
    const run = Math.floor(random() * 2 ** 48).toString(36);
    this.#prefix = `${id}.${run}.`;
  }

  issue(offset: number, lease: number): string {
    return `${this.#prefix}${offset}.${lease}`;
  }

  /** Undefined where it is none of this subscription's. */
  parse(ackId: string): LeaseName | undefined {
    if (!ackId.startsWith(this.#prefix)) return this.#parseForeign(ackId);
    const dot = ackId.indexOf('.', this.#prefix.length);
    const offset = digits(ackId, this.#prefix.length, dot);
    const lease = digits(ackId, dot + 1, ackId.length);
    return dot < 0 || offset < 0 || lease < 0 ? undefined : { offset, lease, isOfThisRun: true };
  }

  #parseForeign(ackId: string): LeaseName | undefined {
    const [, id, , offset, lease] = form.exec(ackId) ?? [];
    if (id !== this.#id) return undefined;
    return { offset: Number(offset), lease: Number(lease), isOfThisRun: false };
  }
}

/** The number that these characters are, without making a string of them; -1 where they are none. */
function digits(text: string, from: number, to: number): number {
  if (from >= to || to - from > 16) return -1;
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
