import { createLogger, type Logger } from '@sluice/runtime';

/** A message of `sluice` itself, marked, so that it is told from the shell's and npm's. Further lines are indented. */
export function say(text: string): void {
  show(`sluice: ${text.replace(/\n/g, '\n        ')}`);
}

/** What is there to be copied is not marked. */
export function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For what logs by itself: its messages as lines for people. */
export function consoleLogger(): Logger {
  return createLogger({
    service: 'sluice',
    level: 'info',
    destination: { write: (line) => say(JSON.parse(line).msg) },
  });
}
