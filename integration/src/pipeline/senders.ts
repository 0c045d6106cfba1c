import { waitFor } from '@sluice/testing';
import { type RequestOptions, request } from './client.ts';

/** Senders side by side, each of which does one thing after the other until it is told to stop. */
export class Senders implements AsyncDisposable {
  readonly #sending: Promise<unknown>;
  #isRunning = true;
  #done = 0;

  /** @param step what a sender does for the `turn`th time, from 1 on */
  constructor(count: number, step: (sender: number, turn: number) => Promise<void>) {
    const send = async (_: unknown, sender: number): Promise<void> => {
      for (let turn = 1; this.#isRunning; turn++) {
        await step(sender, turn);
        this.#done++;
      }
    };
    this.#sending = Promise.all(Array.from({ length: count }, send));
    // Whoever stops them hears of it.
    this.#sending.catch(() => {});
  }

  /** Resolves when so many more steps are done. */
  async does(more: number): Promise<void> {
    const wanted = this.#done + more;
    await Promise.race([
      waitFor(`${more} more steps`, () => this.#done >= wanted, { timeoutMs: 60_000 }),
      this.#sending.then(() => {}),
    ]);
  }

  /** Resolves when nothing is under way. @throws what a step threw */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#sending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRunning = false;
    await this.#sending.catch(() => {});
  }
}

/** Posts with a key until it is accepted, and resolves to the command's id. @throws where an answer is neither 2xx nor 503 */
export async function postUntilAccepted(url: () => string, key: string, json: RequestOptions['json']): Promise<string> {
  return await waitFor(
    `${key} to be accepted`,
    async () => {
      const answer = await request('POST', url(), { headers: { 'Idempotency-Key': key }, json });
      if (answer.status === 200 || answer.status === 202) return String(answer.json.id);
      if (answer.status !== 503) throw new Error(`${key} was answered with ${answer.status} ${answer.json.detail}`);
      return undefined;
    },
    { timeoutMs: 60_000 },
  );
}
