/** Requests that may be under way at once to one endpoint, however well it does. */
export const MAX_WINDOW = 100;

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

/**
 * How fast a subscription pushes, as https://cloud.google.com/pubsub/docs/push says: it starts with one request at a time,
 * each success widens the window, so that it doubles with each round, each failure halves it; and when there are
 * failures, nothing is sent for 100 ms up to 60 s, exponentially. Google gives no formula: here the pause doubles with
 * each failure and halves with each success.
 */
export class PushPace {
  #window = 1;
  #pauseMs = 0;
  #round = 0;

  /** How many requests may be under way. */
  get window(): number {
    return this.#window;
  }

  /** Requests begun between two pauses are of one round. */
  get round(): number {
    return this.#round;
  }

  succeeded(): void {
    this.#window = Math.min(MAX_WINDOW, this.#window + 1);
    this.#pauseMs = this.#pauseMs <= SHORTEST_PAUSE_MS ? 0 : this.#pauseMs / 2;
  }

  /**
   * How long to send nothing. Undefined where the pause for this round has been made: when an endpoint goes, all requests
   * under way fail at once, which says no more than one of them does.
   */
  failed(round: number): number | undefined {
    if (round !== this.#round) return undefined;
    this.#round++;
    this.#window = Math.max(1, Math.floor(this.#window / 2));
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, this.#pauseMs * 2));
    return this.#pauseMs;
  }
}
