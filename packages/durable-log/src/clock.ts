/** Time as a parameter, so that a test can let an hour pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`. Returns the way to prevent that; calling it late or twice is fine. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own time. A pending timer does not keep the process alive: the server's socket does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
