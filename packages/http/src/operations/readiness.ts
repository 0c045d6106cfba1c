import { SluiceError } from '@sluice/core';

/** Something that a service cannot work without. */
export interface Dependency {
  readonly name: string;
  /** Resolves while it can be used; rejects with why it cannot. */
  check(): Promise<void>;
}

/** Per dependency why it is not ready; undefined where it is. */
export type ReadinessReport = Readonly<Record<string, string | undefined>>;

export interface ReadinessOptions {
  readonly dependencies: readonly Dependency[];
  /** How long a check may take. Default 2 s. */
  readonly timeoutMs?: number;
  /** How long a report holds, so that asking often costs the dependencies nothing. Default 1 s. */
  readonly holdMs?: number;
  /** The same for a report that something is missing: whoever waits for it wants to know soon. Default 100 ms. */
  readonly holdMissingMs?: number;
  /** In ms, monotonic. */
  readonly now?: () => number;
}

/** Checks all dependencies when asked, in bounded time, and not again before the last report has become old. */
export function readiness({
  dependencies,
  timeoutMs = 2_000,
  holdMs = 1_000,
  holdMissingMs = Math.min(100, holdMs),
  now = () => performance.now(),
}: ReadinessOptions): () => Promise<ReadinessReport> {
  const checks = dependencies.map((dependency) => oneAtATime(dependency));
  let report: Promise<ReadinessReport> | undefined;
  let holdsUntil = 0;
  const make = async (): Promise<ReadinessReport> => {
    const madeAt = now();
    holdsUntil = madeAt + holdMs;
    const entries = await Promise.all(checks.map((check) => check(timeoutMs)));
    if (entries.some(([, reason]) => reason !== undefined)) holdsUntil = madeAt + holdMissingMs;
    return Object.fromEntries(entries);
  };
  return () => {
    if (report === undefined || now() >= holdsUntil) report = make();
    return report;
  };
}

/** A check that hangs is waited for again the next time, instead of being joined by another. */
function oneAtATime({ name, check }: Dependency): (timeoutMs: number) => Promise<[string, string | undefined]> {
  let running: Promise<string | undefined> | undefined;
  return async (timeoutMs) => {
    running ??= check()
      .then(() => undefined, reasonOf)
      .finally(() => {
        running = undefined;
      });
    return [name, await within(timeoutMs, running)];
  };
}

async function within(timeoutMs: number, running: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, `no answer within ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

const reasonOf = (error: unknown): string => (error instanceof SluiceError ? error.message : 'its check failed');
