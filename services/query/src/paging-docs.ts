import type { JsonSchema, ParameterDoc, RouteDoc } from '@sluice/http';
import { DEFAULT_LIMIT, MAX_LIMIT } from './paging.ts';

/** How a page is asked for. */
export const PAGE_PARAMETERS: Readonly<Record<string, ParameterDoc>> = {
  limit: {
    description: `How many to answer with; ${DEFAULT_LIMIT} where it is not given.`,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT },
    example: 50,
  },
  cursor: {
    description: 'The `next` of the page before, for what comes after it.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,128}$' },
    example: 'MjAyNi0wMS0wMlQxNTowNDowNS4xMjM0NTZaIGVkZDM0ZTZjLTYzZGUtNDZlNS05ZWRkLTYwYjFhMWUyMjg5Mg',
  },
};

const NEXT_SCHEMA: JsonSchema = {
  type: ['string', 'null'],
  description: 'The `cursor` of the next page; null where this is the last.',
};

/** The answer of a route that lists: a page of the items under that name, and where the next one begins. */
export const pageAnswer = (name: string, item: JsonSchema, example: unknown): RouteDoc['answers'] => ({
  200: {
    description: 'A page of them.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: [name, 'next'],
          properties: { [name]: { type: 'array', items: item }, next: NEXT_SCHEMA },
        },
        examples: { page: { [name]: [example], next: null } },
      },
    },
  },
});
