const QUIET_MS = 30_000;
/** Beyond so many different lines, the oldest may be said again. */
const KEPT_LINES = 100;

/**
 * What the parts warn of, as the console shows it: nothing before `open`, since while all come up at once each has to wait
 * for another; and the same line once in a while only, since an outage makes it over and over.
 */
export class Alerts {
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  readonly #saidAt = new Map<string, number>();
  #isOpen = false;

  constructor(say: (line: string) => void, now: () => number = () => performance.now()) {
    this.#say = say;
    this.#now = now;
  }

  open(): void {
    this.#isOpen = true;
  }

  hear(line: string): void {
    const saidAt = this.#saidAt.get(line);
    if (!this.#isOpen || (saidAt !== undefined && this.#now() - saidAt < QUIET_MS)) return;
    const [oldest] = this.#saidAt.keys();
    if (this.#saidAt.size >= KEPT_LINES && oldest !== undefined) this.#saidAt.delete(oldest);
    this.#saidAt.delete(line);
    this.#saidAt.set(line, this.#now());
    this.#say(line);
  }
}
