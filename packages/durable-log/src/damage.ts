import { LogError } from './errors.ts';

/** Why a log is not opened: what had been synced is not what is read back. */
export function damage(path: string, atByte: number, fault: string, cause?: unknown): LogError {
  return new LogError(
    'corrupt',
    `${path}: byte ${atByte}: ${fault}. This is damage, not a write cut short by a crash, so nothing was changed or ` +
      'cut off. Restore the file from a copy, or move the folder of this log away to begin an empty one.',
    { cause },
  );
}
