import { checkDataId } from './data-id.ts';

/** What is open, by id: one opening each. */
export class OpenData<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #opened = new Map<string, Promise<T>>();

  has(id: string): boolean {
    return this.#opened.has(id);
  }

  /** `open` is handed what to call when it is closed. @throws RangeError where the id cannot be used, or is in use. */
  async open(id: string, open: (onClosed: () => void) => Promise<T>): Promise<T> {
    checkDataId(id);
    if (this.#opened.has(id)) throw new RangeError(`id must not be open already, got ${id}`);
    const opening = open(() => {
      // Closing twice does no harm to whoever opened it after the first time.
      if (this.#opened.get(id) === opening) this.#opened.delete(id);
    });
    this.#opened.set(id, opening);
    try {
      return await opening;
    } catch (error) {
      this.#opened.delete(id);
      throw error;
    }
  }

  /** Where it is open. */
  async close(id: string): Promise<void> {
    const opened = await this.#opened.get(id)?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((id) => this.close(id)));
  }
}
