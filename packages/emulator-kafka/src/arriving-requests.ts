/** A connection whose request is arriving, or waits for earlier ones to be answered. */
export interface Sender {
  /** Ends the connection. */
  cut(reason: string): void;
}

/**
 * The memory that requests of all connections together may take before they begin. Where they take more, whoever takes
 * most is cut off, not whoever comes last: so clients that send large requests and never finish them end first.
 */
export class ArrivingRequests {
  readonly #maxBytes: number;
  readonly #held = new Map<Sender, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Says how many bytes the sender takes now. */
  hold(sender: Sender, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(sender) ?? 0);
    if (bytes === 0) this.#held.delete(sender);
    else this.#held.set(sender, bytes);
    while (this.#bytes > this.#maxBytes) this.#cutLargest();
  }

  #cutLargest(): void {
    let [largest, most]: [Sender | undefined, number] = [undefined, 0];
    for (const [sender, bytes] of this.#held) if (bytes > most) [largest, most] = [sender, bytes];
    if (largest === undefined) return;
    this.hold(largest, 0);
    largest.cut(`its request takes ${most} bytes so far, and all that arrive take more than ${this.#maxBytes}`);
  }
}
