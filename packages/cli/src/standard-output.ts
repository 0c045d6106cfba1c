import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Standard output of a command that is of no use once nobody reads it (`sluice listen fruits | head -3`). */
export interface StandardOutput {
  /** Aborts when it cannot be written to any more. */
  readonly signal: AbortSignal;
  /** Why, where that is not simply that the reader has gone. */
  failure(): Error | undefined;
  /** Writes a line, and resolves when the next may come, or nobody wants one any more. Never rejects. */
  line(text: string, signal: AbortSignal): Promise<void>;
}

export function standardOutput(stream: Writable = process.stdout): StandardOutput {
  const controller = new AbortController();
  let failure: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error;
    controller.abort();
  });
  return {
    signal: controller.signal,
    failure: () => failure,
    async line(text, signal) {
      if (controller.signal.aborted || stream.write(`${text}\n`)) return;
      const end = AbortSignal.any([signal, controller.signal]);
      await once(stream, 'drain', { signal: end }).catch(() => {});
    },
  };
}
