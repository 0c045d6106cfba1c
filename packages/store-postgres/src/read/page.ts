import type { PageRequest, TimeRange } from '@sluice/core';

/** Conditions of a statement, each with its parameters. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #texts: string[] = [];

  /** @param condition with `?` where the value goes; nothing is added where that is undefined */
  add(condition: string, value: unknown): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.#texts.push(condition.replace('?', `$${this.values.length}`));
    return this;
  }

  within(column: string, { from, before }: TimeRange): this {
    return this.add(`${column} >= ?::timestamptz`, from).add(`${column} < ?::timestamptz`, before);
  }

  /** What comes after the end of the page before, newest first. */
  after(time: string, id: string, { after }: PageRequest): this {
    if (!after) return this;
    this.values.push(after.createdAt, after.id);
    const count = this.values.length;
    this.#texts.push(`(${time}, ${id}) < ($${count - 1}::timestamptz, $${count}::uuid)`);
    return this;
  }

  limit({ limit }: PageRequest): string {
    this.values.push(limit);
    return `limit $${this.values.length}`;
  }

  where(): string {
    return this.#texts.length === 0 ? '' : `where ${this.#texts.join(' and ')}`;
  }
}
