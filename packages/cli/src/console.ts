import { createLogger, type Logger } from '@sluice/runtime';
import { Alerts } from './start/alerts.ts';

/** A message of `sluice` itself, marked, so that it is told from the shell's and npm's. Further lines are indented. */
export function say(text: string): void {
  show(marked(text));
}

/** What is there to be copied is not marked. */
export function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is told beside the data that a command writes to standard output. */
export function complain(text: string): void {
  process.stderr.write(`${marked(text)}\n`);
}

const marked = (text: string): string => `sluice: ${text.replace(/\n/g, '\n        ')}`;

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

/**
 * For a command that waits and tries again: `tell` complains, of the same thing once in a while only, and `log` does so of
 * the warnings of what logs by itself.
 */
export function complaints(): { readonly tell: (line: string) => void; readonly log: Logger } {
  // Nobody may read them; the command's own end comes by other ways.
  process.stderr.on('error', () => {});
  const alerts = new Alerts(complain);
  alerts.open();
  const tell = (line: string): void => alerts.hear(line);
  const destination = { write: (line: string) => tell(JSON.parse(line).msg) };
  return { tell, log: createLogger({ service: 'sluice', level: 'warn', destination }) };
}
