import { describeError, lineWriter } from '@sluice/emulator-process';
import type { BrokerEvent } from './events.ts';

/** As the process is named in its lines. */
export const SERVICE = 'emulator-kafka';

const writeLine = lineWriter(SERVICE);

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
