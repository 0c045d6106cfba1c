/** One side of a connection that bytes arrive on. */
export interface Arrival {
  /** Ends the connection, and so frees what has arrived on it. */
  destroy(): void;
}

/**
 * What has arrived of requests that are not answered yet, and what of answers has not left yet, of all connections
 * together. Beyond the limit the connection that holds most is ended: requests that are never finished, and answers that
 * nobody takes, cannot take the memory of others.
 */
export class ArrivingBytes {
  readonly #limitBytes: number;
  readonly #held = new Map<Arrival, number>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(arrival: Arrival, bytes: number): void {
    this.#change(arrival, bytes);
    if (this.#bytes <= this.#limitBytes) return;
    let [most, mostBytes] = [arrival, 0];
    for (const [each, held] of this.#held) if (held > mostBytes) [most, mostBytes] = [each, held];
    most.destroy();
  }

  release(arrival: Arrival, bytes: number): void {
    this.#change(arrival, -bytes);
  }

  #change(arrival: Arrival, bytes: number): void {
    this.#bytes += bytes;
    const held = (this.#held.get(arrival) ?? 0) + bytes;
    if (held > 0) this.#held.set(arrival, held);
    else this.#held.delete(arrival);
  }
}
