import type { Logger } from '@sluice/runtime';

/** Thousands of requests a second would all say the same. */
const LINE_EVERY_MS = 1_000;

/** Warns of failures, of equal ones once in a while with how many were left out. */
export function outageLog(log: Logger, now: () => number = () => performance.now()) {
  const quiet = new Map<string, { until: number; unsaid: number }>();
  /** @param message one of a few */
  return (message: string, error: unknown): void => {
    const line = quiet.get(message);
    if (line && now() < line.until) {
      line.unsaid++;
      return;
    }
    log.warn({ err: error, unsaid: line?.unsaid ?? 0 }, message);
    quiet.set(message, { until: now() + LINE_EVERY_MS, unsaid: 0 });
  };
}
