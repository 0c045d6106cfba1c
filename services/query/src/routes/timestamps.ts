import { isUuid, quoted, type StoreReader } from '@sluice/core';
import { type HttpRequest, INVALID_ID, json, NOT_FOUND, problem, type Reply, type Route } from '@sluice/http';
import { shownInstant } from '../shown-instant.ts';
import { TIMESTAMP_DOC } from './timestamps-docs.ts';

export interface TimestampRoutesOptions {
  /** Throws while the store is out of reach. */
  readonly reader: () => StoreReader;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** Looks timestamp commands up, at the address of the old query service. */
export function timestampRoutes({ reader, now }: TimestampRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/timestamp/:id',
      doc: TIMESTAMP_DOC,
      async handle(request) {
        const { id = '' } = request.params;
        if (!isUuid(id)) return refuseId(id, request, now());
        const record = await reader().timestampById(id.toLowerCase());
        if (!record) return problem(NOT_FOUND, `no timestamp command with the id ${id} is stored`);
        return json(200, {
          id: record.id,
          command_id: record.id,
          event_timestamp: shownInstant(record.eventTimestamp),
          created_at: shownInstant(record.createdAt),
        });
      },
    },
  ];
}

/** A 400 with the members that the old query service had. */
function refuseId(received: string, { path }: HttpRequest, nowMs: number): Reply {
  const detail = `id must be a UUID, got ${quoted(received)}`;
  return problem(INVALID_ID, detail, {
    extensions: {
      timestamp: new Date(nowMs).toISOString(),
      error: 'Bad Request',
      message: detail,
      path: path.slice(0, 200),
    },
  });
}
