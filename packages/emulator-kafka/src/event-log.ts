import type { BrokerEvent } from './events.ts';

type Level = 'info' | 'warn' | 'error' | 'fatal';

/** Writes a line of JSON, in the form that the services' logger gives its lines. */
export function writeLine(level: Level, msg: string, details: Readonly<Record<string, unknown>> = {}): void {
  const line = { level, time: new Date().toISOString(), service: 'emulator-kafka', ...details, msg };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** An error as a logger shows it. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { type: name, message, stack, ...('code' in error && { code: error.code }) };
}

/** Says in a line what the broker tells. */
export function writeEvent(event: BrokerEvent): void {
  switch (event.kind) {
    case 'frame-refused':
      writeLine('warn', `closed the connection of ${event.client}: ${event.reason}`);
      break;
    case 'answer-unread':
      writeLine(
        'warn',
        `closed the connection of ${event.client}: nothing of its answer was read in ${event.unreadMs} ms`,
      );
      break;
    case 'request-failed':
      writeLine('error', `${event.api} of ${event.client} failed`, { err: describeError(event.error) });
      break;
    case 'storage-failed':
      writeLine('error', `${event.doing} failed`, { err: describeError(event.error) });
      break;
    case 'log':
      writeLogEvent(event);
      break;
    case 'left-out':
      writeLine('warn', `left out ${event.count} more lines like this in a second: ${event.of}`);
      break;
    case 'failed':
      writeLine('fatal', 'the state of the disk is unknown: nothing is acknowledged any more', {
        err: describeError(event.error),
      });
      break;
    default:
      event satisfies never;
  }
}

function writeLogEvent({ name, event }: Extract<BrokerEvent, { kind: 'log' }>): void {
  const { kind, ...details } = event;
  writeLine(kind === 'tail-truncated' ? 'warn' : 'info', `log of ${name}: ${kind}`, details);
}
