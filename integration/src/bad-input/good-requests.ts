import type { Door } from './bad-input.ts';
import { form, json, request, typed } from './request.ts';

const MIB = 2 ** 20;
/** So much less than the limits, for what is around the padding: the broker counts a record's headers as well. */
const ROOM = 2_048;
const LITTLE_ROOM = 256;

/** How large a good request of each kind may be, about; its bodies come in these sizes up to that. */
const LARGEST: Readonly<Record<Door, number>> = {
  timestamp: MIB,
  'activity event': MIB,
  activities: MIB,
  'event form': MIB,
  'stream event': MIB,
  'stream lines': 8 * MIB,
  schema: 60_000,
  'dead letters': 60_000,
  'look-up': MIB,
  list: MIB,
};
const SIZES = [1, 1_024, 4_096, 16_384, 60_000, 120_000, MIB, 8 * MIB] as const;
type Size = (typeof SIZES)[number];

export interface GoodRequest {
  readonly to: 'ingest' | 'query';
  readonly request: Buffer;
}

/** The sizes that good requests of a kind come in. */
export const sizesOf = (door: Door): readonly Size[] => SIZES.filter((size) => size <= LARGEST[door]);

/** The greatest of them that is no greater than a bad request: what that may cost is compared with less, never with more. */
export function sizeLike(door: Door, bytes: number): Size {
  return sizesOf(door).findLast((size) => size <= bytes) ?? SIZES[0];
}

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const padded = (size: number): number => Math.max(size < MIB / 2 ? size - LITTLE_ROOM : size - ROOM, 1);
const padding = (size: Size): string => 'x'.repeat(padded(size));

/** The name of a stream whose schema is as large as that. */
export const sizedStream = (size: Size): string => `Mallory/Sized${size}`;

/** A schema of about so many bytes, as large ones are: of many properties. */
export function sizedSchema(size: Size): unknown {
  const properties = Object.fromEntries(
    Array.from({ length: Math.ceil(size / 64) }, (_, at) => [
      `property${at}`,
      { type: 'string', description: 'What it is for' },
    ]),
  );
  return { type: 'object', properties };
}

/** A request that is taken, or finds what it looks for to be nothing; the cheapest of its kind. */
export function goodRequest(door: Door, size: Size): GoodRequest {
  const text = padding(size);
  const toIngest = (bytes: Buffer): GoodRequest => ({ to: 'ingest', request: bytes });
  const toQuery = (bytes: Buffer): GoodRequest => ({ to: 'query', request: bytes });
  const asked = (target: string): Buffer => request(target, size > 16_384 ? { body: text } : {});
  switch (door) {
    case 'timestamp':
      return toIngest(request('POST /app', size > 1 ? { body: text } : {}));
    case 'activity event':
      return toIngest(
        json('POST /api/events', { email: 'a@b.c', component: 'c', environment: 'e', message: text, data: {} }),
      );
    case 'activities':
      return toIngest(
        json('POST /api/activities', {
          activities: [
            { operation: 'insert', table: 'sizes', col_names: ['a'], col_types: ['TEXT'], col_values: [text] },
          ],
        }),
      );
    case 'event form':
      return toIngest(form('POST /Mallory/Bag/send_event', { event: `{"s":"${text}"}` }));
    case 'stream event':
      return toIngest(json('POST /api/v1/streams/Mallory/Bag', `{"s":"${text}"}`));
    case 'stream lines':
      return toIngest(typed('POST /api/v1/streams/Mallory/Bag', 'application/x-ndjson', lines(size)));
    case 'schema':
      return toIngest(json(`PUT /api/v1/streams/${sizedStream(size)}`, { schema: sizedSchema(size) }));
    case 'dead letters':
      return toIngest(json('POST /api/v1/dead-letters/redrive', { stream: text }));
    case 'look-up':
      return toQuery(asked(`GET /api/v1/commands/${UNKNOWN}?wait=0s`));
    case 'list':
      return toQuery(asked('GET /api/v1/dead-letters?limit=1'));
    default:
      return door satisfies never;
  }
}

/** Few and long, which is the cheapest way to send so much. */
function lines(size: Size): string {
  const count = Math.ceil(size / (MIB / 2));
  return `{"s":"${'x'.repeat(Math.floor(padded(size) / count))}"}\n`.repeat(count);
}
