import { printable } from '@sluice/core';
import { type Action, type DeadLettersApi, type Done, type Filter, RequestFailure } from './api.ts';

/** Which dead letters are meant: these, or all that a filter means. */
export type Meant =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: Filter };

export interface ActOptions {
  readonly api: Pick<DeadLettersApi, 'one' | 'all'>;
  readonly action: Action;
  readonly meant: Meant;
  /** Told of every answer. */
  readonly onDone: (done: Done) => void;
  /** Told what could not be done, and why. */
  readonly onFailure: (line: string) => void;
}

/** Re-drives or discards; resolves with whether all that was meant was done. Ends where the server does not answer. */
export async function act(options: ActOptions): Promise<boolean> {
  const { meant } = options;
  switch (meant.kind) {
    case 'ids':
      return await actOnIds(options, meant.ids);
    case 'filter':
      return await actOnFilter(options, meant.filter);
    default:
      return meant satisfies never;
  }
}

async function actOnIds({ api, action, onDone, onFailure }: ActOptions, ids: readonly string[]): Promise<boolean> {
  let isAllDone = true;
  for (const id of ids) {
    try {
      onDone(await api.one(action, id));
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      onFailure(`${id}: ${error.message}`);
      isAllDone = false;
    }
  }
  return isAllDone;
}

async function actOnFilter({ api, action, onDone, onFailure }: ActOptions, filter: Filter): Promise<boolean> {
  let isAllDone = true;
  const hear = (done: Done): void => {
    onDone(done);
    for (const { id, why } of done.skipped) {
      onFailure(`${id}: ${printable(why, 300)}`);
      isAllDone = false;
    }
  };
  let after: unknown = null;
  do {
    try {
      const done = await api.all(action, filter, after);
      hear(done);
      after = done.next ?? null;
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (error.done) hear(error.done);
      onFailure(`${error.message}; what is left can be asked for again`);
      return false;
    }
  } while (after !== null);
  return isAllDone;
}
