import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createStream } from 'rotating-file-stream';
import { LogFile } from './log-file.ts';

export interface PartLogOptions {
  readonly folder: string;
  readonly name: string;
  /** Gets every line that somebody should see: from `warn` on. */
  readonly onAlert: (line: string) => void;
}

/** How many of the last telling lines are kept, to say why a part ended. */
const LAST_WORDS = 20;
const LONGEST_LINE = 2_000;

/** Keeps what a part writes: all of it in a file of bounded size, and the last that tells something. */
export class PartLog {
  readonly #file: LogFile;
  readonly #onAlert: (line: string) => void;
  readonly #copied: Promise<unknown>;
  readonly #lastWords: string[] = [];

  constructor({ folder, name, onAlert }: PartLogOptions, stdout: Readable, stderr: Readable) {
    this.#onAlert = onAlert;
    this.#file = new LogFile({
      open: () => createStream(`${name}.log`, { path: folder, size: '10M', rotate: 2 }),
      onFault: (error) => onAlert(`its log file cannot be written: ${error.message}`),
    });
    this.#copied = Promise.all([this.#copy(stdout, false), this.#copy(stderr, true)]);
  }

  /** Complete once the part has ended. */
  async lastWords(): Promise<readonly string[]> {
    await this.#copied;
    return this.#lastWords;
  }

  async close(): Promise<void> {
    await this.#copied;
    await this.#file.close();
  }

  async #copy(stream: Readable, isTelling: boolean): Promise<void> {
    for await (const line of createInterface({ input: stream })) {
      await this.#file.write(line);
      const telling = tellingIn(line);
      if (telling?.isAlert) this.#onAlert(telling.text);
      if (telling ? telling.isLasting : isTelling) this.#keep(telling?.text ?? line);
    }
  }

  #keep(line: string): void {
    if (line.trim() === '') return;
    this.#lastWords.push(line.slice(0, LONGEST_LINE));
    if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
  }
}

interface Telling {
  readonly text: string;
  /** To be said at once. */
  readonly isAlert: boolean;
  /** To be said when the part has ended: a warning may be of long ago, and mended. */
  readonly isLasting: boolean;
}

/** What a person reads of a line of JSON that is a warning or worse. A fatal one comes with the end, which is told anyway. */
function tellingIn(line: string): Telling | undefined {
  // Most lines are not, and parsing each would cost as much as the service that wrote it.
  if (!/^\{"level":"(warn|error|fatal)"/.test(line)) return undefined;
  try {
    const { level, msg, err, detail } = JSON.parse(line);
    const why = err?.message ?? detail;
    const cause = typeof why === 'string' && !String(msg).includes(why) ? ` (${why})` : '';
    return { text: `${level}: ${msg ?? ''}${cause}`, isAlert: level !== 'fatal', isLasting: level !== 'warn' };
  } catch {
    return undefined;
  }
}
