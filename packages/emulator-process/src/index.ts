export { ConfigError } from './config-error.ts';
export { type EventLimitOptions, limitEvents } from './event-limit.ts';
export { describeError, type Level, lineWriter, type WriteLine } from './lines.ts';
export { type EmulatorProcessOptions, runEmulator, type StartedEmulator } from './run-emulator.ts';
