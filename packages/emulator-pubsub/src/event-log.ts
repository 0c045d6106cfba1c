import { describeError, lineWriter } from '@sluice/emulator-process';
import type { EmulatorEvent } from './events.ts';

/** As the process is named in its lines. */
export const SERVICE = 'emulator-pubsub';

const writeLine = lineWriter(SERVICE);

/** Says in a line what the emulator tells. */
export function writeEvent(event: EmulatorEvent): void {
  switch (event.kind) {
    case 'request-failed':
      writeLine('error', `${event.path} of ${event.client} failed`, { err: describeError(event.error) });
      break;
    case 'delivery-failed':
      writeLine('error', `${event.subscription}: ${event.doing}`, { err: describeError(event.error) });
      break;
    case 'push-failed':
      writeLine('warn', `${event.subscription}: a push failed: ${event.reason}`);
      break;
    case 'retention-failed':
      writeLine('error', 'letting go of old messages failed', { err: describeError(event.error) });
      break;
    case 'subscription-expired':
      writeLine('info', `${event.subscription} has expired: nobody used it`);
      break;
    case 'log': {
      const { kind, ...details } = event.event;
      writeLine(kind === 'tail-truncated' ? 'warn' : 'info', `log of ${event.name}: ${kind}`, details);
      break;
    }
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
