import { idempotentCommandId, parseInstant } from '@sluice/core';

const STREAM = 'timestamp.command.v1';
const CLIENT = 'default';

/** What a sender knows of one command. */
export interface Entry {
  readonly key: string;
  readonly timestamp: string;
  /** From the first 2xx on. */
  id?: string;
}

/** What was sent, and what of it was acknowledged: what a run is held against in the end. */
export class Ledger {
  readonly #entries: Entry[] = [];
  #acknowledged = 0;
  /** Answers that no fault excuses. */
  readonly unexpected: string[] = [];
  /** How many requests had neither a 2xx nor an answer that says to come again. */
  failures = 0;

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  acknowledge(entry: Entry, id: string): void {
    if (entry.id === undefined) this.#acknowledged++;
    else if (entry.id !== id) this.unexpected.push(`${entry.key} was acknowledged as ${entry.id}, then as ${id}`);
    entry.id = id;
  }

  /**
   * Holds the rows of a store against what was acknowledged: each acknowledged command is there with its instant, and
   * nothing is there that was not sent. Returns what is wrong.
   */
  violations(rows: ReadonlyMap<string, string>): string[] {
    const found = [...this.unexpected];
    const sent = new Map(this.#entries.map((entry) => [idempotentCommandId(STREAM, CLIENT, entry.key), entry]));
    for (const [id, entry] of sent) {
      if (entry.id !== undefined && entry.id !== id) found.push(`${entry.key} got the id ${entry.id} instead of ${id}`);
      const stored = rows.get(id);
      if (stored === undefined && entry.id !== undefined) found.push(`${id} was acknowledged and is lost`);
      if (stored !== undefined && stored !== instantOf(entry.timestamp)) {
        found.push(`${id} is ${stored}, but ${entry.timestamp} was sent`);
      }
    }
    for (const id of rows.keys()) if (!sent.has(id)) found.push(`${id} is stored, but nobody sent it`);
    return found;
  }
}

function instantOf(timestamp: string): string {
  const parsed = parseInstant(timestamp);
  if (parsed.kind !== 'instant') throw new Error(`the test sends ${timestamp}, which is no timestamp`);
  return parsed.instant;
}
