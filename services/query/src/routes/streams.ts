import {
  type ClientEventRow,
  type Instant,
  parseInstant,
  quoted,
  type StoreReader,
  type TimeRange,
} from '@sluice/core';
import { type HttpRequest, jsonText, NOT_FOUND, problem, type Reply, type Route, singleParameter } from '@sluice/http';
import { pageOf, readPage, refuseParameter } from '../paging.ts';
import { shownInstant } from '../shown-instant.ts';
import { STREAM_EVENTS_DOC } from './streams-docs.ts';
import { RegisteredStreams } from './streams-registered.ts';

export interface StreamRoutesOptions {
  /** Throws while the store is out of reach. */
  readonly reader: () => Pick<StoreReader, 'clientEvents' | 'registryChanges'>;
}

/** Shows the stored events of a client's stream. */
export function streamRoutes({ reader }: StreamRoutesOptions): Route[] {
  const registered = new RegisteredStreams(reader);
  return [
    {
      method: 'GET',
      path: '/api/v1/streams/:client/:event',
      doc: STREAM_EVENTS_DOC,
      async handle(request) {
        const { client = '', event = '' } = request.params;
        const range = rangeOf(request);
        if (range.kind === 'refused') return range.reply;
        const asked = pageOf(request);
        if (asked.kind === 'refused') return asked.reply;
        const { rows, next } = await readPage(
          asked.page,
          // A name from a path can hold what no store takes in a text, and is no name then.
          (page) => (isStorable(client, event) ? reader().clientEvents({ client, event, ...range.range }, page) : NONE),
          ({ createdAt, id }) => ({ createdAt, id }),
        );
        if (rows.length > 0 || (await registered.has(client, event))) return eventsReply(rows, next);
        return problem(NOT_FOUND, `no stream is registered as client ${quoted(client)}, event ${quoted(event)}`);
      },
    },
  ];
}

const NONE: Promise<readonly ClientEventRow[]> = Promise.resolve([]);

const isStorable = (...names: readonly string[]): boolean => names.every((name) => !name.includes('\0'));

type AskedRange =
  | { readonly kind: 'range'; readonly range: TimeRange }
  | { readonly kind: 'refused'; readonly reply: Reply };

function rangeOf(request: HttpRequest): AskedRange {
  const range: { from?: Instant; before?: Instant } = {};
  for (const [name, end] of [
    ['from', 'from'],
    ['to', 'before'],
  ] as const) {
    const given = singleParameter(request, name);
    if (given.kind === 'refused') return given;
    if (given.kind === 'absent') continue;
    const parsed = parseInstant(given.value);
    if (parsed.kind === 'refused') return { kind: 'refused', reply: refuseParameter(name, parsed.rule, given.value) };
    range[end] = parsed.instant;
  }
  return { kind: 'range', range };
}

/** The events' data is JSON already, of which parsing and printing would make nothing else. */
function eventsReply(rows: readonly ClientEventRow[], next: string | null): Reply {
  const events = rows.map(
    ({ id, schemaVersion, createdAt, data }) =>
      `{"id":"${id}","schema_version":${schemaVersion},"created_at":"${shownInstant(createdAt)}","data":${data}}`,
  );
  return jsonText(200, `{"events":[${events.join(',')}],"next":${JSON.stringify(next)}}`);
}
