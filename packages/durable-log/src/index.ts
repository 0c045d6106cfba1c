export { type Clock, systemClock } from './clock.ts';
export { LogError, type LogErrorCode } from './errors.ts';
export type { FileSystem, LogFile, OpenOptions } from './file-system.ts';
export {
  type JournaledFileSystem,
  type JournaledFileSystemOptions,
  openJournaledFileSystem,
} from './journaled-file-system.ts';
export type { DurableLog, LogEntry, LogEvent, LogOptions, NewEntry, Retention } from './log.ts';
export { nodeFileSystem } from './node-file-system.ts';
export { openLog } from './open-log.ts';
export type { Choose } from './testing/disk.ts';
export { type DiskOperation, FaultyFileSystem, faultyFileSystem } from './testing/faulty-file-system.ts';
export { ManualClock } from './testing/manual-clock.ts';
