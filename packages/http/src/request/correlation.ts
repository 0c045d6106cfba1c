import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isUuid, quoted } from '@sluice/core';
import { INVALID_CORRELATION_ID, problem } from '../problem.ts';
import type { Reply } from '../reply.ts';

/** What ties a request to its log lines and to the record that it becomes. */
export interface Correlation {
  readonly id: string;
  /** The answer where the request brought an id that is none. */
  readonly refusal?: Reply;
}

/** The `correlationId` header, as it was sent; a new one where there is none. */
export function correlationOf(headers: IncomingHttpHeaders): Correlation {
  const given = headers.correlationid;
  if (given === undefined) return { id: randomUUID() };
  const text = String(given);
  if (isUuid(text)) return { id: text };
  return {
    id: randomUUID(),
    refusal: problem(INVALID_CORRELATION_ID, `header correlationId must be a UUID, got ${quoted(text)}`, {
      extensions: { Error: 'correlationId header: must be a valid UUID' },
    }),
  };
}
