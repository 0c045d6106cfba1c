import { setImmediate as turn } from 'node:timers/promises';
import { isRetryable, type NewRecord, type PublishResult } from '@sluice/core';
import { INVALID_BODY, problem, problemOf, type Reply, TOO_LARGE } from '@sluice/http';
import { type JsonValue, received } from '@sluice/schemas';
import { cloudEventOf } from '../cloud-events.ts';
import { MAX_EVENT_BYTES, refuseLarge } from '../event-size.ts';
import { strictJsonOf } from '../json-body.ts';
import type { InvalidReason } from '../metrics/payload-metrics.ts';
import { refuseViolations } from '../stream-problems.ts';
import type { ClientEvents, OpenStream } from '../streams/client-events.ts';

/** Events that came together, each of which has an answer of its own. */
export interface Batch {
  readonly stream: OpenStream;
  readonly events: ClientEvents;
  readonly correlationId: string;
  /** Of the request; an event's is made of it and of its number. */
  readonly idempotencyKey: string | undefined;
}

export const MAX_BATCH_EVENTS = 10_000;
const LINE_FEED = 0x0a;
/** How many events are read before other requests have their turn. */
const EVENTS_IN_A_TURN = 500;

/** What is to be answered for one event: a problem, or its id once the broker has it. */
type Answer = { readonly problem: string } | { readonly id: string };

/**
 * Takes newline-delimited JSON. Every line has its answer, by its number: a line without anything on it is refused, lest
 * those behind it seem to be others. A line feed at the end begins no line.
 */
export async function takeLines(body: Buffer, batch: Batch): Promise<Reply> {
  const lines = countLines(body);
  if (lines === 0) return problem(INVALID_BODY, 'the body must have a line for each event, got none');
  if (lines > MAX_BATCH_EVENTS) return tooMany('lines', 'more');
  const taking = new Taking(batch);
  let start = 0;
  for (let number = 1; number <= lines; number++) {
    const end = body.indexOf(LINE_FEED, start);
    taking.takeLine(body.subarray(start, end === -1 ? body.length : end), number);
    start = end + 1;
    if (number % EVENTS_IN_A_TURN === 0) await turn();
  }
  return await taking.publish();
}

/** Takes a CloudEvents batch (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format). */
export async function takeCloudEvents(value: JsonValue, batch: Batch): Promise<Reply> {
  if (!Array.isArray(value))
    return problem(INVALID_BODY, `the body must be an array of CloudEvents, got ${received(value)}`);
  if (value.length > MAX_BATCH_EVENTS) return tooMany('CloudEvents', String(value.length));
  const taking = new Taking(batch);
  for (const [index, each] of value.entries()) {
    taking.takeCloudEvent(each);
    if ((index + 1) % EVENTS_IN_A_TURN === 0) await turn();
  }
  return await taking.publish();
}

/** A batch as it is taken: what is good goes to the broker in one piece, at the end. */
class Taking {
  readonly #batch: Batch;
  readonly #recordOf: (commandId: string, value: Buffer) => NewRecord;
  readonly #answers: Answer[] = [];
  /** Of the answers that are ids, in their order. */
  readonly #records: NewRecord[] = [];

  constructor(batch: Batch) {
    this.#batch = batch;
    this.#recordOf = batch.events.recordsOf(batch.stream, batch.correlationId);
  }

  takeLine(line: Buffer, number: number): void {
    const { stream, events, idempotencyKey } = this.#batch;
    if (line.length > MAX_EVENT_BYTES) {
      this.#refuse(refuseLarge(line.length), 'too-large');
      return;
    }
    const json = strictJsonOf(line);
    if (json.kind === 'refused') {
      this.#refuse(json.reply, 'malformed-json');
      return;
    }
    const key = idempotencyKey === undefined ? undefined : `${idempotencyKey}/${number}`;
    this.#take(json.value, line, events.idOf(stream, key), '');
  }

  takeCloudEvent(value: JsonValue): void {
    const { stream, events } = this.#batch;
    const event = cloudEventOf(value);
    if (event.kind === 'refused') {
      this.#refuse(event.reply, 'schema-violation');
      return;
    }
    this.#take(event.data, Buffer.from(JSON.stringify(event.data)), events.idOf(stream, event.key), '/data');
  }

  #take(value: JsonValue, bytes: Buffer, commandId: string, at: string): void {
    const { stream, events } = this.#batch;
    const violations = stream.validator.violations(value);
    if (violations.length > 0) {
      this.#refuse(refuseViolations(violations, { at }), 'schema-violation');
      return;
    }
    events.meter.valid(stream.version.topic);
    this.#answers.push({ id: commandId });
    this.#records.push(this.#recordOf(commandId, bytes));
  }

  #refuse({ body }: Reply, reason: InvalidReason): void {
    const { stream, events } = this.#batch;
    events.meter.invalid(stream.version.topic, reason);
    this.#answers.push({ problem: body });
  }

  /** @throws SluiceError where the broker has nothing of it */
  async publish(): Promise<Reply> {
    const records = this.#records;
    const results = records.length > 0 ? await this.#batch.events.publishAll(records) : [];
    const errors = results.flatMap((result) => (result.kind === 'failed' ? [result.error] : []));
    // What a sender may take for done at a glance must not be where nothing is; nor may it give up what can be sent again.
    if (errors.length > 0 && errors.length === results.length) throw errors.find(isRetryable) ?? errors[0];
    return { status: 200, contentType: 'application/x-ndjson', body: this.#linesOf(results) };
  }

  #linesOf(results: readonly PublishResult[]): string {
    let text = '';
    let next = 0;
    for (const answer of this.#answers) {
      if ('problem' in answer) {
        text += `${answer.problem}\n`;
        continue;
      }
      const result = results[next++];
      text += result?.kind === 'published' ? `{"status":202,"id":"${answer.id}"}\n` : `${failed(answer.id, result)}\n`;
    }
    return text;
  }
}

function failed(id: string, result: Extract<PublishResult, { kind: 'failed' }> | undefined): string {
  return problemOf(result?.error, { id }).body;
}

/** Counts no further than it takes to know that there are too many. */
function countLines(body: Buffer): number {
  let lines = 0;
  let start = 0;
  while (start < body.length && lines <= MAX_BATCH_EVENTS) {
    lines++;
    const end = body.indexOf(LINE_FEED, start);
    if (end === -1) break;
    start = end + 1;
  }
  return lines;
}

const tooMany = (what: string, count: string): Reply =>
  problem(TOO_LARGE, `a batch must have at most ${MAX_BATCH_EVENTS} ${what}, got ${count}`);
