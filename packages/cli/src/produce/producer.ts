import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type BackoffOptions, backoffDelayMs, pause } from '@sluice/core';
import type { Answer, EventGateway } from './event-gateway.ts';
import { type Example, randomEvent, schemaOf, shownEvent } from './examples.ts';

export interface ProducerOptions {
  readonly example: Example;
  readonly gateway: Pick<EventGateway, 'register' | 'send' | 'schema'>;
  /** How many events the server has to take before it ends. Default: no end. */
  readonly count?: number;
  /** Between two events. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Prints a line of the old script's. Never rejects. */
  readonly print: (line: string) => Promise<void>;
  /** Told what is wrong, with each try. */
  readonly onTrouble: (line: string) => void;
  readonly backoff?: BackoffOptions;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}

const BACKOFF: BackoffOptions = { baseMs: 500 };

/** Registers the example's event type and sends events of it, until the signal aborts or all are sent. Never gives up. */
export async function produce(options: ProducerOptions): Promise<void> {
  const { example, gateway, count = Number.POSITIVE_INFINITY, intervalMs, signal, print } = options;
  const { backoff = BACKOFF, random = Math.random } = options;
  const { client, event } = example;
  await print(`using client named: ${client}`);
  await print(`registering new event named: ${event}`);
  for (let refusals = 0; (await asked(options, 'registering', () => register(options))) === 'refused'; refusals++) {
    await pause(backoffDelayMs(refusals, backoff), signal);
  }
  for (let sent = 0, refusals = 0; sent < count && !signal.aborted; ) {
    const payload = randomEvent(example, random);
    const key = randomUUID();
    await print(`sending event: ${shownEvent(payload)}`);
    const outcome = await asked(options, 'sending', () => gateway.send(client, event, payload, key));
    // Another event may be taken where this one was not.
    refusals = outcome === 'refused' ? refusals + 1 : 0;
    if (outcome === 'done') sent++;
    const restMs = refusals === 0 ? intervalMs : Math.max(intervalMs, backoffDelayMs(refusals - 1, backoff));
    if (sent < count) await pause(restMs, signal);
  }
}

/** The old route refuses what is registered already, and does not say that this is why. */
async function register({ example, gateway, onTrouble }: ProducerOptions): Promise<Answer> {
  const { client, event } = example;
  const schema = schemaOf(example);
  const answer = await gateway.register(client, event, schema);
  if (answer.kind !== 'refused') return answer;
  const known = await gateway.schema(client, event);
  if (known.kind !== 'done') return known.kind === 'refused' ? answer : known;
  if (!isDeepStrictEqual(known.body.schema, schema)) {
    onTrouble(`${client}.${event} is registered already, with another schema than this one: events may be refused`);
  }
  return known;
}

/** Asks until the server does it or refuses, which is told like everything that keeps it from being done. */
async function asked(
  { signal, onTrouble, backoff = BACKOFF }: ProducerOptions,
  doing: string,
  attempt: () => Promise<Answer>,
): Promise<'done' | 'refused' | 'aborted'> {
  for (let tries = 0; !signal.aborted; tries++) {
    const answer = await attempt();
    if (answer.kind === 'done') return 'done';
    if (signal.aborted) break;
    onTrouble(`${doing}: ${answer.why}; trying again`);
    if (answer.kind === 'refused') return 'refused';
    await pause(backoffDelayMs(tries, backoff), signal);
  }
  return 'aborted';
}
