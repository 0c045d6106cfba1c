import {
  DEAD_LETTER_REASONS,
  type DeadLetterReason,
  type DeadLetterSummary,
  instantFromMs,
  isUuid,
  quoted,
  type StoredDeadLetter,
  type StoreReader,
  utf8Text,
} from '@sluice/core';
import {
  type HttpRequest,
  INVALID_ID,
  json,
  NOT_FOUND,
  problem,
  type Reply,
  type Route,
  singleParameter,
} from '@sluice/http';
import { pageOf, readPage, refuseParameter } from '../paging.ts';
import { shownInstant } from '../shown-instant.ts';
import { shownPlace } from '../shown-place.ts';
import { DEAD_LETTER_DOC, DEAD_LETTERS_DOC } from './dead-letters-docs.ts';

export interface DeadLetterRoutesOptions {
  /** Throws while the store is out of reach. */
  readonly reader: () => Pick<StoreReader, 'deadLetters' | 'deadLetterById'>;
}

/** Shows what could not be projected. What to do about it is asked of ingest, since that goes through the log. */
export function deadLetterRoutes({ reader }: DeadLetterRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/dead-letters',
      doc: DEAD_LETTERS_DOC,
      handle: (request) => list(request, reader),
    },
    {
      method: 'GET',
      path: '/api/v1/dead-letters/:id',
      doc: DEAD_LETTER_DOC,
      handle: (request) => show(request, reader),
    },
  ];
}

async function list(request: HttpRequest, reader: DeadLetterRoutesOptions['reader']): Promise<Reply> {
  const stream = singleParameter(request, 'stream');
  if (stream.kind === 'refused') return stream.reply;
  if (stream.kind === 'value' && stream.value.includes('\0')) {
    return refuseParameter('stream', 'have no NUL in it', stream.value);
  }
  const reason = singleParameter(request, 'reason');
  if (reason.kind === 'refused') return reason.reply;
  if (reason.kind === 'value' && !isReason(reason.value)) {
    return refuseParameter('reason', `be one of ${DEAD_LETTER_REASONS.join(', ')}`, reason.value);
  }
  const asked = pageOf(request);
  if (asked.kind === 'refused') return asked.reply;
  const filter = {
    ...(stream.kind === 'value' && { stream: stream.value }),
    ...(reason.kind === 'value' && { reason: reason.value as DeadLetterReason }),
  };
  const { rows, next } = await readPage(
    asked.page,
    (page) => reader().deadLetters(filter, page),
    ({ createdAt, commandId }) => ({ createdAt, id: commandId }),
  );
  return json(200, { dead_letters: rows.map(summaryOf), next });
}

const isReason = (text: string): text is DeadLetterReason => DEAD_LETTER_REASONS.some((reason) => reason === text);

function summaryOf(deadLetter: DeadLetterSummary): Readonly<Record<string, unknown>> {
  const { topic, position, valueBytes } = deadLetter;
  return { ...aboutOf(deadLetter), position: shownPlace(topic, position), value_bytes: valueBytes };
}

function aboutOf({
  commandId,
  stream,
  client,
  reason,
  detail,
  createdAt,
  state,
}: Omit<StoredDeadLetter, 'record' | 'isCut'>) {
  return { id: commandId, stream, client, state, reason, detail, created_at: shownInstant(createdAt) };
}

async function show(request: HttpRequest, reader: DeadLetterRoutesOptions['reader']): Promise<Reply> {
  const { id = '' } = request.params;
  if (!isUuid(id)) return problem(INVALID_ID, `id must be a UUID, got ${quoted(id)}`);
  const commandId = id.toLowerCase();
  const deadLetter = await reader().deadLetterById(commandId);
  if (!deadLetter) return problem(NOT_FOUND, `no dead letter with the id ${commandId} is kept`);
  const { topic, position } = deadLetter.record;
  const about = { ...aboutOf(deadLetter), position: shownPlace(topic, position) };
  if (deadLetter.state === 'discarded') return json(200, about);
  return json(200, { ...about, is_cut: deadLetter.isCut, record: recordOf(deadLetter) });
}

function recordOf({ record: { timestampMs, key, value, headers } }: StoredDeadLetter) {
  return {
    timestamp: shownInstant(instantFromMs(timestampMs)),
    key: shownBytes(key),
    value: shownBytes(value),
    headers: headers.map((header) => ({ name: header.name, value: shownBytes(header.value) })),
  };
}

function shownBytes(bytes: Buffer | null) {
  if (bytes === null) return null;
  const text = utf8Text(bytes);
  return { base64: bytes.toString('base64'), ...(text !== undefined && { text }) };
}
