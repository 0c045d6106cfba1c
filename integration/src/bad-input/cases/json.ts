import type { BadInput } from '../bad-input.ts';
import { form, json, typed } from '../request.ts';
import { escaped } from './escaped.ts';
import { BYTE_FAULTS, CORE_FAULTS, FURTHER_BYTE_FAULTS, FURTHER_FAULTS, type JsonFault } from './json-faults.ts';

const MORE = [...FURTHER_FAULTS, ...FURTHER_BYTE_FAULTS];

/** How a way in tells of JSON that is none: the problem's members beside its own, and which of them repeat its detail. */
interface JsonDoor {
  readonly name: string;
  readonly door: BadInput['door'];
  readonly requestOf: (text: string | Buffer) => Buffer;
  /** How the detail begins. */
  readonly at: (pointer: string) => string;
  /** The member with the pointers. Default `errors`. */
  readonly pointers?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly repeatedAs?: readonly string[];
  readonly faults: readonly JsonFault[];
}

const inBody = (pointer: string): string => (pointer === '' ? 'the body' : cut(pointer));
const inField = (field: string) => (pointer: string) => `'${field}'${pointer === '' ? '' : ` at ${cut(pointer)}`}`;
const cut = (pointer: string): string => (pointer.length > 128 ? `${pointer.slice(0, 128)}…` : pointer);

const ALL = [...CORE_FAULTS, ...BYTE_FAULTS];
const EVENT = '/api/v1/streams/Mallory/Bag';
const FORM = '/Mallory/Bag';

const DOORS: readonly JsonDoor[] = [
  {
    name: 'a stream event',
    door: 'stream event',
    requestOf: (text) => json(`POST ${EVENT}`, text),
    at: inBody,
    faults: [...ALL, ...MORE],
  },
  {
    name: 'a schema',
    door: 'schema',
    requestOf: (text) => json('PUT /api/v1/streams/Mallory/New', text),
    at: inBody,
    faults: ALL,
  },
  {
    name: 'activities',
    door: 'activities',
    requestOf: (text) => json('POST /api/activities', text),
    at: inBody,
    members: { message: 'Invalid Schema', payload: null },
    repeatedAs: ['error'],
    faults: [...ALL, ...MORE],
  },
  {
    name: 'an activity event',
    door: 'activity event',
    requestOf: (text) => json('POST /api/events/', text),
    at: inBody,
    pointers: 'violations',
    repeatedAs: ['message'],
    faults: ALL,
  },
  {
    name: 'an event in a form',
    door: 'event form',
    requestOf: (text) => form(`POST ${FORM}/send_event`, { event: text.toString() }),
    at: inField('event'),
    members: { code: 'FAILED', msg: "'event' is not a valid json" },
    faults: [...CORE_FAULTS, ...FURTHER_FAULTS],
  },
  {
    name: 'a schema in a form',
    door: 'event form',
    requestOf: (text) => form('POST /Mallory/New/register_event', { event_schema: text.toString() }),
    at: inField('event_schema'),
    members: { code: 'FAILED', msg: "'event_schema' is not a valid json" },
    faults: CORE_FAULTS,
  },
  {
    name: "the old gateway's JSON body",
    door: 'event form',
    requestOf: (text) => json(`POST ${FORM}/send_event`, text),
    at: inBody,
    members: { code: 'FAILED', msg: "'event' is not a valid json" },
    faults: ALL,
  },
  {
    name: 'a filter of dead letters',
    door: 'dead letters',
    requestOf: (text) => json('POST /api/v1/dead-letters/redrive', text),
    at: inBody,
    faults: ALL,
  },
  {
    name: 'a CloudEvent',
    door: 'stream event',
    requestOf: (text) => typed(`POST ${EVENT}`, 'application/cloudevents+json', text),
    at: inBody,
    faults: CORE_FAULTS,
  },
  {
    name: 'a batch of CloudEvents',
    door: 'stream lines',
    requestOf: (text) => typed(`POST ${EVENT}`, 'application/cloudevents-batch+json', text),
    at: inBody,
    faults: CORE_FAULTS,
  },
];

/** JSON that is not strict, at every way in that takes any. */
export const jsonCases: readonly BadInput[] = DOORS.flatMap((way) => {
  const { name, door, requestOf, at, pointers = 'errors', members, repeatedAs, faults } = way;
  const malformed = faults.map((fault): BadInput => {
    const must = fault.must.source.replace(/^\^/, '');
    return {
      name: `${name}: ${fault.name}`,
      to: 'ingest',
      door,
      request: requestOf(fault.text),
      answer: {
        status: 400,
        type: 'malformed-json',
        detail: new RegExp(`^${escaped(at(fault.pointer))} must ${must}`),
        members: { ...members, [pointers]: [{ pointer: fault.pointer, detail: new RegExp(`^must ${must}`) }] },
        ...(repeatedAs && { repeatedAs }),
      },
    };
  });
  return malformed;
});
