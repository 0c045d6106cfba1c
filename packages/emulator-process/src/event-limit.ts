import type { Clock } from '@sluice/durable-log';

const WINDOW_MS = 1000;
const EVENTS_A_WINDOW = 5;

export interface EventLimitOptions<Event extends { readonly kind: string }> {
  readonly clock: Clock;
  /** Kinds that pass in any case, since clients cannot bring them about. */
  readonly always: ReadonlySet<Event['kind']>;
  /** The event that tells how many more there were of a kind. */
  readonly leftOut: (of: Event['kind'], count: number) => Event;
}

/**
 * Passes on the first few events of a kind in each second; of the rest only how many there were, once the second is over.
 * For what a client can bring about as often as it likes.
 */
export function limitEvents<Event extends { readonly kind: string }>(
  log: (event: Event) => void,
  { clock, always, leftOut }: EventLimitOptions<Event>,
): (event: Event) => void {
  const windows = new Map<Event['kind'], Window<Event>>();
  return (event) => {
    if (always.has(event.kind)) {
      log(event);
      return;
    }
    const window = windows.get(event.kind) ?? new Window(log, clock, (count) => leftOut(event.kind, count));
    windows.set(event.kind, window);
    window.pass(event);
  };
}

class Window<Event> {
  readonly #log: (event: Event) => void;
  readonly #clock: Clock;
  readonly #leftOutEvent: (count: number) => Event;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #leftOut = 0;

  constructor(log: (event: Event) => void, clock: Clock, leftOutEvent: (count: number) => Event) {
    this.#log = log;
    this.#clock = clock;
    this.#leftOutEvent = leftOutEvent;
  }

  pass(event: Event): void {
    const nowMs = this.#clock.now();
    const ageMs = nowMs - this.#startedAtMs;
    // What was left out is told of by a timer, which may be late; and a clock may be set back.
    if (this.#leftOut === 0 && (ageMs >= WINDOW_MS || ageMs < 0)) this.#begin(nowMs);
    if (this.#passed < EVENTS_A_WINDOW) {
      this.#passed += 1;
      this.#log(event);
      return;
    }
    if (this.#leftOut === 0) this.#clock.after(this.#startedAtMs + WINDOW_MS - nowMs, () => this.#end());
    this.#leftOut += 1;
  }

  #begin(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#passed = 0;
    this.#leftOut = 0;
  }

  #end(): void {
    const count = this.#leftOut;
    this.#begin(this.#clock.now());
    this.#log(this.#leftOutEvent(count));
  }
}
