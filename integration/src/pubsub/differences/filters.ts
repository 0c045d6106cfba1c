import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const filtersDifferences: readonly Difference[] = [
  {
    about: 'what is no filter',
    emulator: 'refuses it',
    pstest: 'takes it: it reads a wider language, and any length',
    why: 'AND and OR need parentheses beside each other, there are `=`, `!=`, `:` and hasPrefix alone, and 256 bytes',
    documentation: 'https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax',
    facts: {
      'filters: what is no filter': {
        ...each(
          'answered',
          'another operator',
          'AND and OR without parentheses',
          'OR and AND without parentheses',
          'a function of no attribute',
          'a comparison of two attributes',
          '257 bytes',
        ),
      },
    },
  },
  {
    about: 'a dash in a key',
    emulator: 'takes it without quotes',
    pstest: 'wants quotes',
    why: 'keys are letters, digits, `_` and `-`',
    documentation: 'https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax',
    facts: {
      'filters: what matches': { 'attributes.x-y != "1"': 'INVALID_ARGUMENT' },
    },
  },
];
