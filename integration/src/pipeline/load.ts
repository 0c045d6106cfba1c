import { setTimeout as delay } from 'node:timers/promises';
import { type Random, waitFor } from '@sluice/testing';
import { request } from './client.ts';
import { type Entry, Ledger } from './ledger.ts';

export interface LoadOptions {
  /** Where to send to; each request takes one at random. */
  readonly targets: readonly string[];
  readonly random: Random;
  /** How many senders there are, each with one request at a time. Default 8. */
  readonly senders?: number;
}

const PAUSE_AFTER_FAILURE_MS = 10;
const SETTLERS = 16;

let loads = 0;

/**
 * Senders that go on whatever happens. A request that got no 2xx is sent again with the same key every other time; else it
 * stays open, as where a sender dies. Answers but 200 and 503 are noted as unexpected.
 */
export class Load implements AsyncDisposable {
  readonly ledger = new Ledger();
  readonly #options: LoadOptions;
  readonly #name = `load-${process.pid}-${++loads}`;
  #isRunning = false;
  #senders: Promise<unknown> = Promise.resolve();
  #sent = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    this.#senders = Promise.all(Array.from({ length: this.#options.senders ?? 8 }, () => this.#send()));
  }

  /** Resolves when no request is in flight. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#senders;
  }

  /** Also where a test fails: senders would go on for ever. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves when so many more have been acknowledged. */
  async acknowledges(more: number, timeoutMs = 60_000): Promise<void> {
    const wanted = this.ledger.acknowledged + more;
    await waitFor(`${more} more acknowledgements`, () => this.ledger.acknowledged >= wanted, { timeoutMs });
  }

  /** Resolves when so many more requests have failed. */
  async fails(more: number, timeoutMs = 60_000): Promise<void> {
    const wanted = this.ledger.failures + more;
    await waitFor(`${more} more failures`, () => this.ledger.failures >= wanted, { timeoutMs });
  }

  /** Sends every other open one again until it is acknowledged, as a sender that comes back does. */
  async settle(): Promise<void> {
    const open = this.ledger.entries.filter(({ id }, index) => id === undefined && index % 2 === 1);
    const retry = async (): Promise<void> => {
      for (let entry = open.pop(); entry; entry = open.pop()) {
        const one = entry;
        await waitFor(`the retry of ${one.key}`, () => this.#attempt(one), { timeoutMs: 60_000 });
      }
    };
    await Promise.all(Array.from({ length: SETTLERS }, retry));
  }

  async #send(): Promise<void> {
    while (this.#isRunning) {
      const entry = this.#next();
      this.ledger.add(entry);
      while (this.#isRunning && !(await this.#attempt(entry))) {
        await delay(PAUSE_AFTER_FAILURE_MS);
        if (this.#options.random.next() < 0.5) break;
      }
    }
  }

  #next(): Entry {
    const number = ++this.#sent;
    const { random } = this.#options;
    const at = new Date(random.below(2 ** 31) * 1000 + random.below(1000)).toISOString();
    const timestamp = number % 3 === 0 ? at.replace('Z', '456-03:30') : at;
    return { key: `${this.#name}-${number}`, timestamp };
  }

  async #attempt(entry: Entry): Promise<boolean> {
    const { random, targets } = this.#options;
    const url = `${random.pick(targets)}/api/v1/timestamp/${encodeURIComponent(entry.timestamp)}`;
    try {
      const { status, json } = await request('POST', url, { headers: { 'Idempotency-Key': entry.key } });
      if (status === 200) {
        this.ledger.acknowledge(entry, String(json.id));
        return true;
      }
      if (status !== 503) this.ledger.unexpected.push(`${entry.key} was answered with ${status} ${json.detail}`);
    } catch {
      // No answer: it may have been accepted or not.
    }
    this.ledger.failures++;
    return false;
  }
}
