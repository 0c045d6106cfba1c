import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Setting } from './setting.ts';
import { choice } from './variables.ts';

export type Logger = PinoLogger;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogLevel = (typeof LEVELS)[number];

/** `LOG_LEVEL`, in any case. */
export const logLevel: Setting<LogLevel> = choice('LOG_LEVEL', LEVELS, 'info');

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Default standard output, written at once, so that no line is lost when the process ends. */
  readonly destination?: DestinationStream;
}

/** A line of JSON per event, with the level by name and the time in UTC. */
export function createLogger({
  service,
  level,
  destination = pino.destination({ sync: true }),
}: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, closing: stdSerializers.err },
    },
    destination,
  );
}
