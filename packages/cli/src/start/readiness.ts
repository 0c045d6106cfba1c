import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from './part.ts';

const LOOK_EVERY_MS = 25;
const ANSWER_WITHIN_MS = 5_000;
/** How long a start may take before it is said who is waited for. */
const PATIENCE_MS = 5_000;

export interface ReadinessOptions {
  readonly parts: readonly Part[];
  readonly signal: AbortSignal;
  /** Told who keeps a slow start waiting and why, and again when that changes. */
  readonly onWaiting: (line: string) => void;
}

/** Resolves when every part that can tell says that it can work; never, once the signal has aborted. */
export async function untilReady({ parts, signal, onWaiting }: ReadinessOptions): Promise<void> {
  const complainAt = performance.now() + PATIENCE_MS;
  await Promise.all(parts.map((part) => untilPartReady(part, signal, complainAt, onWaiting)));
}

async function untilPartReady(
  { name, readyUrl }: Part,
  signal: AbortSignal,
  complainAt: number,
  onWaiting: (line: string) => void,
): Promise<void> {
  if (readyUrl === null) return;
  let said = '';
  for (;;) {
    if (signal.aborted) return await new Promise(() => {});
    const obstacle = await obstacleAt(readyUrl);
    if (obstacle === null) return;
    if (performance.now() > complainAt && obstacle !== said) {
      onWaiting(`waiting for ${name}: ${obstacle}`);
      said = obstacle;
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Why it is not ready; null where it is. */
async function obstacleAt(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const body = await response.text();
    return response.ok ? null : detailOf(body);
  } catch {
    return 'it does not answer yet';
  }
}

function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body);
    return String(detail).slice(0, 500);
  } catch {
    return 'it is not ready';
  }
}
