import { type ActivityEventFilter, type ActivityEventRow, quoted, type StoreReader } from '@sluice/core';
import {
  type HttpRequest,
  INVALID_PARAMETER,
  jsonText,
  problem,
  problemOf,
  Refusal,
  type Reply,
  type Route,
  singleParameter,
  withMembers,
} from '@sluice/http';
import { activityEventJson } from '@sluice/streams';
import { type AskedPage, pageOf, readPage, refuseParameter } from '../paging.ts';
import { firstInstantAfter, firstInstantOf } from './activity-events-dates.ts';
import { activityEventsDoc } from './activity-events-docs.ts';

export interface ActivityEventsRoutesOptions {
  /** Throws while the store is out of reach. */
  readonly reader: () => Pick<StoreReader, 'activityEvents'>;
}

/** Lists activity events, at the addresses and in the form of the old activity service. */
export function activityEventsRoutes({ reader }: ActivityEventsRoutesOptions): Route[] {
  const get = (path: string, operationId: string): Route => ({
    method: 'GET',
    path,
    doc: activityEventsDoc(operationId),
    handle: (request) => list(request, reader),
  });
  return [
    get('/api/events', 'listEvents'),
    get('/api/events/', 'listEventsSlash'),
    get('/api/v1/events', 'listEventsV1'),
    get('/api/v1/events/', 'listEventsV1Slash'),
  ];
}

async function list(request: HttpRequest, reader: ActivityEventsRoutesOptions['reader']): Promise<Reply> {
  try {
    const asked = filterOf(request);
    if (asked.kind === 'refused') return inOldWords(asked.reply);
    const page = pageOf(request);
    if (page.kind === 'refused') return inOldWords(page.reply);
    const { rows, next } = await readPage(
      page.page,
      (page) => reader().activityEvents(asked.filter, page),
      ({ createdAt, id }) => ({ createdAt, id }),
    );
    return eventsReply(rows, next);
  } catch (error) {
    return inOldWords(error instanceof Refusal ? error.reply : problemOf(error));
  }
}

/** An event's data is JSON already, of which parsing and printing would make nothing else. */
function eventsReply(rows: readonly ActivityEventRow[], next: string | null): Reply {
  return jsonText(200, `{"events":[${rows.map(activityEventJson).join(',')}],"next":${JSON.stringify(next)}}`);
}

type AskedFilter =
  | { readonly kind: 'filter'; readonly filter: ActivityEventFilter }
  | Extract<AskedPage, { kind: 'refused' }>;

const TEXTS = ['email', 'component', 'environment', 'message'] as const;

/** By parameter: which end of the time range its day is, and the day's instant that is that end. */
const DATES = [
  ['from_date', 'from', firstInstantOf],
  ['to_date', 'before', firstInstantAfter],
] as const;

/** As the old service, an empty parameter is none, and one that is not known is ignored. */
function filterOf(request: HttpRequest): AskedFilter {
  const filter: { -readonly [Key in keyof ActivityEventFilter]: ActivityEventFilter[Key] } = {};
  for (const name of TEXTS) {
    const given = singleParameter(request, name);
    if (given.kind === 'refused') return given;
    if (given.kind === 'absent' || given.value === '') continue;
    if (given.value.includes('\0')) return refused(refuseParameter(name, 'be text without NUL', given.value));
    filter[name] = given.value;
  }
  for (const [name, end, instantOf] of DATES) {
    const given = singleParameter(request, name);
    if (given.kind === 'refused') return given;
    if (given.kind === 'absent' || given.value === '') continue;
    const instant = instantOf(given.value);
    if (instant === undefined) return refused(refuseDate(name, given.value));
    if (instant !== null) filter[end] = instant;
  }
  return { kind: 'filter', filter };
}

const refused = (reply: Reply): AskedFilter => ({ kind: 'refused', reply });

const OLD_FAILURE = 'Unable to retrieve events - ';
const OLD_INVALID_DATE = 'Invalid date specified';

function refuseDate(name: string, received: string): Reply {
  return problem(INVALID_PARAMETER, `${name} must be MM-DD-YYYY, got ${quoted(received)}`, {
    extensions: { message: OLD_FAILURE + OLD_INVALID_DATE },
  });
}

/** A refusal with the member that the old service's clients read. */
function inOldWords(reply: Reply): Reply {
  return withMembers(reply, ({ detail, message = OLD_FAILURE + detail }) => ({ message }));
}
