/** A file that is open for durable writes. */
export interface Settling {
  /** Everything that was written is in the file itself when this resolves. */
  settle(): Promise<void>;
}

/** What the journal knows of a file, as long as it is open or the journal has entries of it. */
export class JournaledPath {
  readonly path: string;
  /** The path below the journal's root. */
  readonly name: Buffer;
  /** Where the furthest bytes end that a redo would write; undefined where it would write none. */
  redoEnd: number | undefined;
  /** The newest journal file with an entry of it. */
  newestSequence = 0;
  /** Removed or renamed: the path may mean another file by now. */
  isGone = false;
  file: Settling | undefined;

  constructor(path: string, name: Buffer) {
    this.path = path;
    this.name = name;
  }

  /** An entry is about to be written. */
  wasWritten(sequence: number, end: number): void {
    this.newestSequence = sequence;
    this.redoEnd = Math.max(this.redoEnd ?? 0, end);
  }
}
