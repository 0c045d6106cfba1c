import type { Logger } from './logger.ts';

export interface ShutdownOptions {
  readonly log: Logger;
  /** How long draining may take before the process gives up. Default 25 s. */
  readonly deadlineMs?: number;
  /** A further signal sooner than this is the same one come twice. Default 1 s. */
  readonly repeatMs?: number;
  /** The process, as far as this needs it. */
  readonly host?: ShutdownHost;
  /** In ms, monotonic. */
  readonly now?: () => number;
}

export interface ShutdownHost {
  on(event: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
  off(event: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown;
  exit(code: number): void;
}

export interface Shutdown extends Disposable {
  /** Aborts on the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/**
 * Turns SIGTERM and SIGINT into one abort. Ctrl-C reaches a process twice (as a member of the terminal's group, and passed
 * on by npm), so a second signal within a moment means nothing; a later one ends the process at once, and so does a drain
 * that takes longer than the deadline. Both exit with 1, since what was in hand may be unfinished.
 */
export function listenForShutdown({
  log,
  deadlineMs = 25_000,
  repeatMs = 1_000,
  host = process,
  now = () => performance.now(),
}: ShutdownOptions): Shutdown {
  const controller = new AbortController();
  let askedAt: number | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const onSignal = (name: string): void => {
    if (askedAt === undefined) {
      askedAt = now();
      log.info({ signal: name }, 'shutting down: finishing what is in hand');
      deadline = setTimeout(() => {
        log.fatal({ deadlineMs }, 'could not finish in time and gives up');
        host.exit(1);
      }, deadlineMs);
      deadline.unref();
      controller.abort();
    } else if (now() - askedAt >= repeatMs) {
      log.warn({ signal: name }, 'asked again: ends at once');
      host.exit(1);
    }
  };
  // Listening for signals alone keeps no process running.
  const alive = setInterval(() => {}, 2 ** 30);
  host.on('SIGTERM', onSignal);
  host.on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearInterval(alive);
      clearTimeout(deadline);
      host.off('SIGTERM', onSignal);
      host.off('SIGINT', onSignal);
    },
  };
}

/** Resolves when the signal has aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
