import type { EmulatorEvent } from './events.ts';

type Level = 'info' | 'warn' | 'error' | 'fatal';

/** Writes a line of JSON, in the form that the services' logger gives its lines. */
export function writeLine(level: Level, msg: string, details: Readonly<Record<string, unknown>> = {}): void {
  const line = { level, time: new Date().toISOString(), service: 'emulator-pubsub', ...details, msg };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** An error as a logger shows it. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { type: name, message, stack, ...('code' in error && { code: error.code }) };
}

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
