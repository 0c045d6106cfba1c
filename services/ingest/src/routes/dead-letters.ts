import { isUuid, type PageEnd, quoted } from '@sluice/core';
import {
  CONFLICT,
  type HttpRequest,
  INVALID_ID,
  json,
  NOT_FOUND,
  problem,
  problemOf,
  type Reply,
  type Route,
  TOO_MANY_REQUESTS,
  UNAVAILABLE,
} from '@sluice/http';
import { lookupOf } from '../command-id.ts';
import { type DeadLetterCommands, markOf, type Progress } from '../dead-letters/commands.ts';
import { whyNotDiscarded, whyNotRedriven } from '../dead-letters/rules.ts';
import { type SelectionReader, selectDeadLetters } from '../dead-letters/selection.ts';
import { DISCARD_ALL_DOC, DISCARD_DOC, REDRIVE_ALL_DOC, REDRIVE_DOC } from './dead-letters-docs.ts';
import { filterIn } from './dead-letters-request.ts';

export interface DeadLetterRoutesOptions {
  readonly commands: DeadLetterCommands;
  /** Throws while the store is out of reach. */
  readonly reader: () => SelectionReader;
}

const MAX_BODY_BYTES = 64 * 1024;
/** Each may have megabytes of records in hand. */
const MOST_REQUESTS = 4;

type Action = 'redrive' | 'discard';

/** Puts dead letters into the log again, or discards them: one, or all that a filter means. */
export function deadLetterRoutes(options: DeadLetterRoutesOptions): Route[] {
  const bounded = boundedTo(MOST_REQUESTS);
  const body = { limitBytes: MAX_BODY_BYTES };
  const one = (action: Action) => (request: HttpRequest) => bounded(() => handleOne(action, request, options));
  const all = (action: Action) => (request: HttpRequest) => bounded(() => handleAll(action, request, options));
  const base = '/api/v1/dead-letters';
  return [
    { method: 'POST', path: `${base}/redrive`, body, doc: REDRIVE_ALL_DOC, handle: all('redrive') },
    { method: 'POST', path: `${base}/discard`, body, doc: DISCARD_ALL_DOC, handle: all('discard') },
    { method: 'POST', path: `${base}/:id/redrive`, doc: REDRIVE_DOC, handle: one('redrive') },
    { method: 'DELETE', path: `${base}/:id`, doc: DISCARD_DOC, handle: one('discard') },
  ];
}

async function handleOne(action: Action, request: HttpRequest, { commands }: DeadLetterRoutesOptions): Promise<Reply> {
  const { id = '' } = request.params;
  if (!isUuid(id)) return problem(INVALID_ID, `id must be a UUID, got ${quoted(id)}`);
  const commandId = id.toLowerCase();
  const deadLetter = await commands.find(commandId);
  if (!deadLetter) return problem(NOT_FOUND, `no dead letter with the id ${commandId} is kept`);
  const refuse = (why: string): Reply => problem(CONFLICT, `the dead letter cannot be ${DONE[action]}: ${why}`);
  const why = action === 'redrive' ? whyNotRedriven(deadLetter) : whyNotDiscarded(deadLetter);
  if (why !== undefined) return refuse(why);
  const progress = nothingYet();
  if (action === 'redrive') await commands.redrive([commandId], request, progress);
  else await commands.discard([{ ...markOf(deadLetter), state: deadLetter.state }], request, progress);
  const [skipped] = progress.skipped;
  if (skipped) return refuse(skipped.why);
  const reply = replyOf(action, progress);
  return reply.status === 202 ? { ...reply, headers: { Location: lookupOf(commandId) } } : reply;
}

async function handleAll(action: Action, request: HttpRequest, options: DeadLetterRoutesOptions): Promise<Reply> {
  const { commands, reader } = options;
  const asked = filterIn(request);
  if (asked.kind === 'refused') return asked.reply;
  const { selected, next } = await selectDeadLetters(reader(), asked.filter, asked.after);
  const progress = nothingYet();
  try {
    if (action === 'discard') await commands.discard(selected, request, progress);
    else
      await commands.redrive(
        selected.map(({ commandId }) => commandId),
        request,
        progress,
      );
  } catch (error) {
    return problemOf(error, membersOf(action, progress));
  }
  return replyOf(action, progress, next);
}

const DONE = { redrive: 'redriven', discard: 'discarded' } as const satisfies Record<Action, string>;

const nothingYet = (): Progress => ({ done: 0, control: [], skipped: [] });

const membersOf = (action: Action, { done, control, skipped }: Progress) => ({
  [DONE[action]]: done,
  control,
  skipped,
});

function replyOf(action: Action, progress: Progress, next: PageEnd | null = null): Reply {
  const { pending } = progress;
  const members = membersOf(action, progress);
  if (pending === undefined) {
    return json(202, { ...members, next: next && { created_at: next.createdAt, id: next.id } });
  }
  const detail = 'it is in the log, but was not projected in time; look at the dead letters before asking again';
  return problem(UNAVAILABLE, detail, { extensions: members, headers: { Location: lookupOf(pending) } });
}

function boundedTo(most: number): (handle: () => Promise<Reply>) => Promise<Reply> {
  let count = 0;
  return async (handle) => {
    if (count >= most) return problem(TOO_MANY_REQUESTS, 'other dead letters are being worked on; try again later');
    count++;
    try {
      return await handle();
    } finally {
      count--;
    }
  };
}
