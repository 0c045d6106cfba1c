import type { DurableLog, LogOptions } from './log.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { recover } from './recovery.ts';
import { SegmentedLog } from './segmented-log.ts';

const MEBIBYTE = 1024 * 1024;
const MAX_BYTES = 1024 * MEBIBYTE;

/**
 * Opens the log in a folder, which is created where it is missing, and recovers it from whatever the last process left.
 * @throws LogError `corrupt` where what had been synced is damaged. Nothing is cut off then.
 */
export async function openLog(options: LogOptions): Promise<DurableLog> {
  const {
    directory,
    fileSystem = nodeFileSystem,
    segmentBytes = 128 * MEBIBYTE,
    maxGroupBytes = 8 * MEBIBYTE,
    retention = {},
    onEvent = () => undefined,
  } = options;
  checkBytes('segmentBytes', segmentBytes);
  checkBytes('maxGroupBytes', maxGroupBytes);
  const recovered = await recover({ fileSystem, directory, onEvent });
  return new SegmentedLog({ directory, fileSystem, segmentBytes, maxGroupBytes, retention, onEvent }, recovered);
}

function checkBytes(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_BYTES) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${MAX_BYTES}, got ${value}`);
}
