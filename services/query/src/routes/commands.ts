import { type CommandOutcome, isUuid, quoted, SluiceError, type Store } from '@sluice/core';
import {
  type HttpRequest,
  INVALID_ID,
  json,
  NOT_FOUND,
  problem,
  problemOf,
  type Reply,
  type Route,
  singleParameter,
  TOO_MANY_REQUESTS,
  UNAVAILABLE,
} from '@sluice/http';
import { refuseParameter } from '../paging.ts';
import { shownInstant } from '../shown-instant.ts';
import { shownPlace } from '../shown-place.ts';
import { COMMAND_DOC } from './commands-docs.ts';

export interface CommandRoutesOptions {
  /** Throws while the store is out of reach. */
  readonly store: () => Pick<Store, 'reader' | 'watch'>;
  /** Aborts when the service ends. */
  readonly ending: AbortSignal;
}

/** Looks up what became of a command, of any stream. */
export function commandRoutes(options: CommandRoutesOptions): Route[] {
  return [
    { method: 'GET', path: '/api/v1/commands/:id', doc: COMMAND_DOC, handle: (request) => lookUp(request, options) },
  ];
}

async function lookUp(request: HttpRequest, { store, ending }: CommandRoutesOptions): Promise<Reply> {
  const { id = '' } = request.params;
  if (!isUuid(id)) return problem(INVALID_ID, `id must be a UUID, got ${quoted(id)}`);
  const wait = waitOf(request);
  if (wait.kind === 'refused') return wait.reply;
  const commandId = id.toLowerCase();
  if (wait.ms === 0) {
    const [outcome] = await store().reader.outcomes([commandId]);
    return outcome ? shown(outcome) : problem(NOT_FOUND, `no outcome of a command with the id ${commandId} is known`);
  }
  return await waitFor(commandId, wait.ms, { request, store, ending });
}

type Wait = { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'refused'; readonly reply: Reply };

const MAX_WAIT_MS = 60_000;

function waitOf(request: HttpRequest): Wait {
  const wait = singleParameter(request, 'wait');
  switch (wait.kind) {
    case 'refused':
      return wait;
    case 'absent':
      return { kind: 'wait', ms: 0 };
    case 'value': {
      const [, digits = '', unit] = /^(\d{1,6})(ms|s)$/.exec(wait.value) ?? [];
      const ms = digits === '' ? Number.POSITIVE_INFINITY : Number(digits) * (unit === 's' ? 1_000 : 1);
      if (ms <= MAX_WAIT_MS) return { kind: 'wait', ms };
      const rule = 'be a whole number of seconds or milliseconds, such as 5s or 500ms, and at most 60s';
      return { kind: 'refused', reply: refuseParameter('wait', rule, wait.value) };
    }
    default:
      return wait satisfies never;
  }
}

interface Waiting extends CommandRoutesOptions {
  readonly request: HttpRequest;
}

async function waitFor(commandId: string, waitMs: number, { request, store, ending }: Waiting): Promise<Reply> {
  const { signal: gone } = request;
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  const timer = setTimeout(stop, waitMs);
  for (const signal of [gone, ending]) signal.addEventListener('abort', stop, { once: true });
  if (gone.aborted || ending.aborted) stop();
  try {
    const outcome = await store().watch.outcome(commandId, enough.signal);
    if (outcome) return shown(outcome);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'overloaded') return tooManyWait(error);
    return problemOf(error);
  } finally {
    clearTimeout(timer);
    for (const signal of [gone, ending]) signal.removeEventListener('abort', stop);
  }
  gone.throwIfAborted();
  // Who was promised to be waited for, and is sent away before, must not take it that there is nothing to wait for.
  if (ending.aborted) return problem(UNAVAILABLE, 'the service is shutting down; ask again');
  return problem(NOT_FOUND, `no outcome of a command with the id ${commandId} was known within ${waitMs} ms`);
}

const tooManyWait = (cause: SluiceError): Reply =>
  problem(TOO_MANY_REQUESTS, 'too many wait for outcomes already; ask without wait, or later', { cause });

function shown(outcome: CommandOutcome): Reply {
  const { id, status, stream, client, createdAt, topic, position } = outcome;
  const about = {
    id,
    status,
    stream,
    client,
    created_at: shownInstant(createdAt),
    position: shownPlace(topic, position),
  };
  switch (outcome.status) {
    case 'projected':
      return json(200, about);
    case 'rejected':
      return json(200, { ...about, detail: outcome.detail });
    case 'dead-lettered':
      return json(200, { ...about, reason: outcome.reason, detail: outcome.detail, state: outcome.state });
    default:
      return outcome satisfies never;
  }
}
