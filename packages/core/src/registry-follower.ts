import type { RegistryChanges, RegistryMark } from './registry.ts';

/** Asks the store for what was registered since the mark; all of it where that is null. */
export type AskForChanges = (since: RegistryMark | null) => Promise<RegistryChanges>;

/**
 * Keeps what somebody has made of the registry up to date: each question is for what is new since the last, and its answer
 * is taken in before the next is asked.
 */
export class RegistryFollower {
  readonly #ask: AskForChanges;
  readonly #take: (changes: RegistryChanges) => void;
  #mark: RegistryMark | null = null;
  #asking: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;

  /** @param take is given every answer; where that is whole, what was taken in before does not hold any more */
  constructor(ask: AskForChanges, take: (changes: RegistryChanges) => void) {
    this.#ask = ask;
    this.#take = take;
  }

  /** Whether the registry was ever read. */
  get hasRead(): boolean {
    return this.#mark !== null;
  }

  /**
   * Resolves when the answer to a question was taken in that was asked after this call. However many wait, one question is
   * under way and one to follow.
   * @throws SluiceError where the store cannot say
   */
  refreshed(): Promise<void> {
    if (!this.#asking) return this.#begin();
    this.#waiting ??= this.#asking
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        return this.#asking ?? this.#begin();
      });
    return this.#waiting;
  }

  #begin(): Promise<void> {
    this.#asking = this.#read().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #read(): Promise<void> {
    const changes = await this.#ask(this.#mark);
    this.#take(changes);
    this.#mark = changes.mark;
  }
}
