import type { Clock } from '@sluice/durable-log';
import type { EmulatorEvent } from './events.ts';

const WINDOW_MS = 1000;
const EVENTS_A_WINDOW = 5;

/** What clients cannot bring about. */
const ALWAYS: ReadonlySet<EmulatorEvent['kind']> = new Set(['log', 'failed', 'subscription-expired']);

type Log = (event: EmulatorEvent) => void;

/**
 * Passes on the first few events of a kind in each second; of the rest only how many there were, once the second is over.
 * For what a client can bring about as often as it likes: rare events pass in any case.
 */
export function limitEvents(log: Log, clock: Clock): Log {
  const windows = new Map<EmulatorEvent['kind'], Window>();
  return (event) => {
    if (ALWAYS.has(event.kind)) {
      log(event);
      return;
    }
    const window = windows.get(event.kind) ?? new Window(event.kind, log, clock);
    windows.set(event.kind, window);
    window.pass(event);
  };
}

class Window {
  readonly #kind: EmulatorEvent['kind'];
  readonly #log: Log;
  readonly #clock: Clock;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #leftOut = 0;

  constructor(kind: EmulatorEvent['kind'], log: Log, clock: Clock) {
    this.#kind = kind;
    this.#log = log;
    this.#clock = clock;
  }

  pass(event: EmulatorEvent): void {
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
    this.#log({ kind: 'left-out', of: this.#kind, count });
  }
}
