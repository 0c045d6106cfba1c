import { type BadInput, FirstOf } from '../bad-input.ts';
import { json } from '../request.ts';

const GOOD = { email: 'jane@example.com', component: 'c', environment: 'e', message: 'm', data: {} };
const INVALID = 'Input payload validation failed';

interface Told {
  readonly pointer: string;
  readonly must: string;
  /** As the old service said it. */
  readonly message: string;
  readonly errors?: Readonly<Record<string, unknown>>;
}

const case_ = (name: string, body: unknown, { pointer, must, message, errors }: Told): BadInput => ({
  name: `an activity event: ${name}`,
  to: 'ingest',
  door: 'activity event',
  request: json('POST /api/events/', body),
  answer: {
    status: 400,
    type: 'invalid-activity-event',
    detail: new RegExp(`^${pointer === '' ? 'the body' : pointer} must ${must}(;|$)`),
    members: {
      message,
      ...(errors && { errors }),
      violations: new FirstOf({ pointer, detail: new RegExp(`^must ${must}$`) }),
    },
  },
});

const field = (name: string, given: unknown, what: string, told: Omit<Told, 'pointer'>): BadInput =>
  case_(`${name} ${what}`, { ...GOOD, [name]: given }, { ...told, pointer: `/${name}` });

const TEXTS = ['component', 'environment', 'message'] as const;
const email = (what: string, given: string, got: string): BadInput =>
  field('email', given, what, {
    must: `be an email address in ASCII, got ${got}`,
    message: 'Failed with Invalid email address.',
  });

/** Activity events that break one of the old service's rules. */
export const activityEventCases: readonly BadInput[] = [
  case_('null', 'null', {
    pointer: '',
    must: 'be an object, got null',
    message: INVALID,
    errors: { '': "None is not of type 'object'" },
  }),
  case_('an array', '[{}]', {
    pointer: '',
    must: 'be an object, got an array of 1',
    message: INVALID,
    errors: { '': /is not of type 'object'$/ },
  }),
  case_(
    'empty',
    {},
    {
      pointer: '/email',
      must: 'be a string, got nothing',
      message: INVALID,
      errors: {
        email: "'email' is a required property",
        component: "'component' is a required property",
        environment: "'environment' is a required property",
        message: "'message' is a required property",
        data: "'data' is a required property",
      },
    },
  ),
  case_(
    'members on the prototype alone',
    { constructor: GOOD, toString: GOOD },
    { pointer: '/email', must: 'be a string, got nothing', message: INVALID },
  ),
  ...TEXTS.flatMap((name) => [
    field(name, '', 'empty', {
      must: 'not be blank, got ""',
      message: `Failed with ${name[0]?.toUpperCase()}${name.slice(1)} can not be empty.`,
    }),
    field(name, 7, 'of a number', {
      must: 'be a string, got 7',
      message: INVALID,
      errors: { [name]: "7 is not of type 'string'" },
    }),
  ]),
  field('component', ' \t\n', 'of white space', {
    must: 'not be blank, got " \\\\u0009\\\\u000a"',
    message: 'Failed with Component can not be empty.',
  }),
  field('component', '\u200f\u0001'.slice(1), 'of a control', {
    must: 'not be blank, got "\\\\u0001"',
    message: 'Failed with Component can not be empty.',
  }),
  field('environment', null, 'of null', {
    must: 'be a string, got null',
    message: INVALID,
    errors: { environment: "None is not of type 'string'" },
  }),
  field('component', 'x'.repeat(256), 'of 256 characters', {
    must: `have at most 255 characters, got "${'x'.repeat(80)}…"`,
    message: INVALID,
    errors: { component: /is too long$/ },
  }),
  field('email', `${'x'.repeat(320)}@a.b`, 'of 324 characters', {
    must: `have at most 320 characters, got "${'x'.repeat(80)}…"`,
    message: INVALID,
    errors: { email: /is too long$/ },
  }),
  field('data', [], 'of an array', {
    must: 'be an object, got an array of 0',
    message: INVALID,
    errors: { data: "[] is not of type 'object'" },
  }),
  field('data', '{}', 'of a text', {
    must: 'be an object, got "{}"',
    message: INVALID,
    errors: { data: "'{}' is not of type 'object'" },
  }),
  field('data', null, 'of null', {
    must: 'be an object, got null',
    message: INVALID,
    errors: { data: "None is not of type 'object'" },
  }),
  email('without a dot', 'a@b', '"a@b"'),
  email('without an at', 'a.b', '"a\\.b"'),
  email('with an accent', 'jané@example.com', '"jané@example\\.com"'),
  email('with an apostrophe', "o'neil@example.com", '"o\'neil@example\\.com"'),
  email('with a line end', 'a@b.c\n', '"a@b\\.c\\\\u000a"'),
  email('with SQL', "a@b.c' or 1=1 --", '"a@b\\.c\' or 1=1 --"'),
  email('with a look-alike', 'jane@exаmple.com', '"jane@exаmple\\.com"'),
  email('of dots that a careless pattern would try for ever', `${'a.'.repeat(150)}!`, `"${'a.'.repeat(40)}…"`),
];
