import { createLogger, type Logger } from '@sluice/runtime';

/** A message of `sluice` itself, marked, so that it is told from the shell's and npm's. Further lines are indented. */
export function say(text: string): void {
  show(`sluice: ${text.replace(/\n/g, '\n        ')}`);
}

/** What is there to be copied is not marked. */
export function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Goes on where nobody reads any more (`npm start | head -1`): the pipeline is of use without its console, and its logs are
 * in files.
 */
export function outliveConsole(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** For what logs by itself: its messages as lines for people. */
export function consoleLogger(): Logger {
  return createLogger({
    service: 'sluice',
    level: 'info',
    destination: { write: (line) => say(JSON.parse(line).msg) },
  });
}
