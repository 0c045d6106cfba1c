export { type CrashPoint, crashPoint } from './crash-point.ts';
export { type Eventual, type EventualOptions, eventually } from './eventual.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevel } from './logger.ts';
export { createMetrics } from './metrics.ts';
export { type Runtime, run } from './run.ts';
export {
  always,
  type Environment,
  faulty,
  readSettings,
  refined,
  type Setting,
  type SettingFault,
  type SettingResult,
  SettingsError,
  type SettingValue,
  settings,
  valid,
} from './setting.ts';
export { aborted, listenForShutdown, type Shutdown, type ShutdownHost, type ShutdownOptions } from './shutdown.ts';
export {
  choice,
  maskedAddresses,
  maskedUrl,
  optional,
  type VariableOptions,
  variable,
  wholeNumber,
} from './variables.ts';
