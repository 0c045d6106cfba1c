import {
  type DeadLetterMark,
  type DeadLetterState,
  isRetryable,
  type OutgoingRecord,
  type Publisher,
  placeText,
  SluiceError,
  type StoredDeadLetter,
  type StoreReader,
} from '@sluice/core';
import { MAX_MARKS, schemaUrn } from '@sluice/streams';
import type { PublishAll } from '../publish/publish.ts';
import type { KnownTopics } from '../streams/known-topics.ts';
import type { StreamRegistry } from '../streams/registry.ts';
import type { Asking, DeadLetterMarks } from './marks.ts';
import { redrivenRecord } from './redriven-record.ts';
import { whyNotDiscarded, whyNotRedriven } from './rules.ts';

export interface DeadLetterCommandsOptions {
  readonly reader: () => Pick<StoreReader, 'deadLetterById' | 'outcomes'>;
  readonly marks: DeadLetterMarks;
  readonly publishAll: PublishAll;
  readonly refusal: Publisher['refusal'];
  readonly topics: Pick<KnownTopics, 'ensure'>;
  readonly registry: Pick<StreamRegistry, 'refreshed' | 'known'>;
}

export interface Skipped {
  readonly id: string;
  /** For people. */
  readonly why: string;
}

/** What became of a request about dead letters, as far as it came. */
export interface Progress {
  /** How many were put into the log again, or discarded. */
  done: number;
  /** The control commands that said so before. */
  readonly control: string[];
  readonly skipped: Skipped[];
  /** The control command that was not projected in time, so that nothing of what it names was done. */
  pending?: string;
}

/** Of records in hand. One alone may have more. */
const CHUNK_BYTES = 8 * 2 ** 20;

/** A dead letter in hand. */
interface Candidate {
  readonly mark: DeadLetterMark;
  readonly state: DeadLetterState;
}

interface LoadedCandidate extends Candidate {
  /** What is to take its stead. */
  readonly record: OutgoingRecord;
}

/**
 * Puts dead letters into the log again, or discards them. Both are said in the log first, since a rebuild has to come to
 * the same: a record at a re-driven place is never projected, only what takes its stead. Where ingest dies in between, the
 * dead letter says that it was re-driven and has no outcome, and is re-driven again; its command id keeps the effect one,
 * however often that happens, or by how many at once.
 */
export class DeadLetterCommands {
  readonly #options: DeadLetterCommandsOptions;

  constructor(options: DeadLetterCommandsOptions) {
    this.#options = options;
  }

  /** @throws SluiceError where the store cannot say */
  async find(commandId: string): Promise<StoredDeadLetter | undefined> {
    return await this.#options.reader().deadLetterById(commandId);
  }

  /** @throws SluiceError where broker or store do not answer; what was done until then is in `progress` */
  async redrive(ids: readonly string[], asking: Asking, progress: Progress): Promise<void> {
    await this.#options.registry.refreshed();
    let chunk: LoadedCandidate[] = [];
    let bytes = 0;
    for (const id of ids) {
      const loaded = await this.#load(id);
      if ('why' in loaded) {
        progress.skipped.push({ id, why: loaded.why });
        continue;
      }
      chunk.push(loaded);
      bytes += loaded.record.value?.length ?? 0;
      if (chunk.length < MAX_MARKS && bytes < CHUNK_BYTES) continue;
      await this.#redriveChunk(chunk, asking, progress);
      if (progress.pending !== undefined) return;
      chunk = [];
      bytes = 0;
    }
    if (chunk.length > 0) await this.#redriveChunk(chunk, asking, progress);
  }

  /** @throws SluiceError where broker or store do not answer; what was done until then is in `progress` */
  async discard(
    selected: readonly (DeadLetterMark & { readonly state: DeadLetterState })[],
    asking: Asking,
    progress: Progress,
  ): Promise<void> {
    const candidates: Candidate[] = [];
    for (const { state, ...mark } of selected) {
      const why = whyNotDiscarded({ state });
      if (why === undefined) candidates.push({ mark, state });
      else progress.skipped.push({ id: mark.commandId, why });
    }
    for (let from = 0; from < candidates.length; from += MAX_MARKS) {
      const marked = await this.#marked('discard', candidates.slice(from, from + MAX_MARKS), asking, progress);
      if (progress.pending !== undefined) return;
      progress.done += marked.length;
    }
  }

  /** Asks before it is marked whether the broker can carry it: marked, it could be neither re-driven nor discarded. */
  async #load(id: string): Promise<LoadedCandidate | { readonly why: string }> {
    const deadLetter = await this.find(id);
    if (!deadLetter) return { why: GONE };
    const why = whyNotRedriven(deadLetter);
    if (why !== undefined) return { why };
    const record = redrivenRecord(deadLetter, this.#dataSchemaOf(deadLetter));
    const refusal = this.#options.refusal(record);
    if (refusal) return { why: `${whyNotTaken(refusal)}: ${refusal.message}` };
    return { mark: markOf(deadLetter), state: deadLetter.state, record };
  }

  async #redriveChunk(chunk: readonly LoadedCandidate[], asking: Asking, progress: Progress): Promise<void> {
    const marked = await this.#marked('redrive', chunk, asking, progress);
    const records = marked.map(({ record }) => record);
    if (records.length === 0) return;
    for (const topic of new Set(records.map((record) => record.topic))) await this.#options.topics.ensure(topic);
    const failures = await this.#append(records);
    for (const [index, { mark }] of marked.entries()) {
      const failure = failures[index];
      if (failure === undefined) progress.done++;
      else progress.skipped.push({ id: mark.commandId, why: failure });
    }
  }

  /** Marks those that are not marked, and leaves out those that have another mark, or another outcome by now. */
  async #marked<C extends Candidate>(
    kind: 'redrive' | 'discard',
    candidates: readonly C[],
    asking: Asking,
    progress: Progress,
  ): Promise<readonly C[]> {
    const unmarked = candidates.filter(({ state }) => state === 'kept');
    if (unmarked.length > 0) {
      const marking = await this.#options.marks.mark(
        kind,
        unmarked.map(({ mark }) => mark),
        asking,
      );
      progress.control.push(marking.commandId);
      if (marking.kind === 'pending') {
        progress.pending = marking.commandId;
        return [];
      }
    }
    const outcomes = await this.#options.reader().outcomes(candidates.map(({ mark }) => mark.commandId));
    const wanted: DeadLetterState = kind === 'redrive' ? 'redriven' : 'discarded';
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    return candidates.filter(({ mark: { commandId: id, topic, position } }) => {
      const now = byId.get(id);
      if (now && placeText(now.topic, now.position) === placeText(topic, position)) {
        if (now.status === 'dead-lettered' && now.state === wanted) return true;
        // A replay, by code that was mended, projected it where it lies just before the mark. A rebuild obeys the mark, and
        // would be without it.
        if (now.status !== 'dead-lettered' && kind === 'redrive') return true;
      }
      progress.skipped.push({ id, why: GONE });
      return false;
    });
  }

  /** Per record why it is not in the log, if it is not. @throws SluiceError where none is, and that passes */
  async #append(records: readonly OutgoingRecord[]): Promise<readonly (string | undefined)[]> {
    const results = await this.#options.publishAll(records);
    const errors = results.flatMap((result) => (result.kind === 'failed' ? [result.error] : []));
    const [first] = errors;
    if (errors.length === results.length && first && errors.every(isRetryable)) throw first;
    return results.map((result) => (result.kind === 'failed' ? whyNotTaken(result.error) : undefined));
  }

  /**
   * The latest version of its stream's schema, where that is a client's: by it, what was refused may be taken now. What was
   * not refused by a schema is read with the version that it was accepted under.
   */
  #dataSchemaOf({ stream, reason }: StoredDeadLetter): string | undefined {
    if (reason !== 'schema-violation' && reason !== 'unknown-schema') return undefined;
    const [client = '', event, ...others] = stream.split('.');
    const latest = event === undefined || others.length > 0 ? undefined : this.#options.registry.known(client, event);
    return latest && schemaUrn(stream, latest.version);
  }
}

function whyNotTaken(error: Error): string {
  if (isRetryable(error)) return 'the broker did not confirm it; re-drive it again';
  return `the broker refuses it (${error instanceof SluiceError ? error.code : 'unknown'})`;
}

const GONE = 'it was re-driven or discarded by somebody else in the meantime, or has another outcome now';

export function markOf({ commandId, reason, detail, record }: StoredDeadLetter): DeadLetterMark {
  return { commandId, topic: record.topic, position: record.position, reason, detail };
}
