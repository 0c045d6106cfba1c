import type { Setting } from './setting.ts';
import { variable } from './variables.ts';

/** A place in the code where a test may kill the process, by name. */
export type CrashPoint = (name: string) => void;

/**
 * `CRASH_AT=name:n` kills the process with SIGKILL when it comes by the point of that name for the n-th time: nothing is
 * flushed, closed or answered. Otherwise a point is a call of an empty function.
 */
export const crashPoint: Setting<CrashPoint> = variable({
  name: 'CRASH_AT',
  rule: 'be the name of a crash point and a count, such as ingest.beforePublish:1',
  parse: (text) => {
    const match = /^([A-Za-z.]+):([1-9]\d{0,8})$/.exec(text);
    return match?.[1] === undefined ? undefined : killAt(match[1], Number(match[2]));
  },
  fallback: () => {},
});

function killAt(wanted: string, count: number): CrashPoint {
  let hits = 0;
  return (name) => {
    if (name === wanted && ++hits === count) process.kill(process.pid, 'SIGKILL');
  };
}
