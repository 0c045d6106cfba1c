import { checkDataId } from './data-id.ts';
import { OpenData } from './open-data.ts';

interface Keepable extends AsyncDisposable {
  opened(onClosed: () => void): this;
}

/** Data in memory, by id: there until it is removed, whether it is open or not. */
export class KeptData<T extends Keepable> implements AsyncDisposable {
  readonly #kept = new Map<string, T>();
  readonly #open = new OpenData<T>();
  readonly #create: () => T;

  constructor(create: () => T) {
    this.#create = create;
  }

  open(id: string): Promise<T> {
    return this.#open.open(id, async (onClosed) => {
      const data = this.#kept.get(id) ?? this.#create();
      this.#kept.set(id, data);
      return data.opened(onClosed);
    });
  }

  async remove(id: string): Promise<void> {
    checkDataId(id);
    await this.#open.close(id);
    this.#kept.delete(id);
  }

  /** Removes the others but for those that are open. */
  retainOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#kept.keys()) if (!ids.has(id) && !this.#open.has(id)) this.#kept.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open[Symbol.asyncDispose]();
    this.#kept.clear();
  }
}
