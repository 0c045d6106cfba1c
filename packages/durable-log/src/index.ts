export { LogError, type LogErrorCode } from './errors.ts';
export type { FileSystem, LogFile } from './file-system.ts';
export type { DurableLog, LogEntry, LogEvent, LogOptions, NewEntry, Retention } from './log.ts';
