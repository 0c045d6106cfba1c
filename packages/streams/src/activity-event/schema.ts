/** The stream of activity events, and its topic. */
export const ACTIVITY_STREAM = 'activity.event.v1';

/** The fields, in the order in which the old service looked at them. */
export const ACTIVITY_FIELDS = ['email', 'component', 'environment', 'message', 'data'] as const;

export type ActivityField = (typeof ACTIVITY_FIELDS)[number];

/** Longest texts, in characters, of the fields that have an index: an entry of PostgreSQL's holds no more than 2,704 bytes. */
export const LONGEST = { email: 320, component: 255, environment: 255 } as const;

/** The old service's rule: ASCII, a dot in the domain. Unlike there, no line break may follow. */
export const EMAIL = /^[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+$/;

/** A text is blank unless it has one of these: the old service's rule, which took controls for nothing as well. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: its source is read in other languages too, some without \p{Cc}
export const VISIBLE = /[^\s\u0000-\u001f\u007f-\u009f]/u;

const nonEmpty = (description: string) => ({ description, type: 'string', pattern: VISIBLE.source }) as const;

/** The payload on the wire, as JSON Schema 2020-12. Further keys are ignored. */
export const ACTIVITY_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:sluice:schema:${ACTIVITY_STREAM}:1`,
  title: 'Activity event',
  type: 'object',
  required: ACTIVITY_FIELDS,
  properties: {
    email: {
      description: 'Who did it: an address in ASCII, with a dot in its domain',
      type: 'string',
      maxLength: LONGEST.email,
      pattern: EMAIL.source,
    },
    component: { ...nonEmpty('The part of the system; not blank'), maxLength: LONGEST.component },
    environment: { ...nonEmpty('Where it runs; not blank'), maxLength: LONGEST.environment },
    message: nonEmpty('What happened; not blank'),
    data: { description: 'Anything else about it', type: 'object' },
  },
} as const;
