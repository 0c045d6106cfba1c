import type { TextDifference } from '../compare.ts';

const ERROR_CODES = 'https://cloud.google.com/pubsub/docs/reference/error-codes';
const why = (what: string): string =>
  `the codes are documented, the words are not: pstest has words of its own for ${what}, where the emulator says what people quote of the service or names the field, the rule and the value`;

/** Refusals with the same code in other words. What the emulator says is held to naming what is wrong by each scenario. */
export const TEXT_DIFFERENCES: readonly TextDifference[] = [
  {
    code: 'NOT_FOUND',
    pstest:
      /^((deadLetter )?topic "[^"]*"|subscription \S+|schema\("[^"]*"\) not found|schema "[^"]*"(@"[^"]*")?( not found)?)$/,
    why: why('what is missing'),
    documentation: ERROR_CODES,
  },
  {
    code: 'ALREADY_EXISTS',
    pstest: /^(topic|subscription) "[^"]*"$/,
    why: why('what is there already'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^missing (topic|subscription)$/,
    why: why('an empty name'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^missing Seek target type$/,
    why: why('a seek to nowhere'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^MaxMessages cannot be negative$/,
    why: why('a pull of -1 messages'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^bad filter: [\s\S]+$/,
    why: why('what is no filter'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^unknown field name "[^"]*"$/,
    why: why('a field that cannot be updated'),
    documentation: ERROR_CODES,
  },
  {
    code: 'INVALID_ARGUMENT',
    pstest: /^bad message_retention_duration seconds:-?\d+$/,
    why: why('a retention'),
    documentation: ERROR_CODES,
  },
  { code: 'INVALID_ARGUMENT', pstest: /^bad page token: .+$/, why: why('a token'), documentation: ERROR_CODES },
  {
    code: 'INVALID_ARGUMENT',
    pstest:
      /^(schema definition cannot be empty|could not parse revision ID from schema name: "[^"]*"|cannot delete last revision for schema "[^"]*")$/,
    why: why('schemas'),
    documentation: ERROR_CODES,
  },
];
