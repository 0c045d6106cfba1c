import type { JsonSchema } from '@sluice/http';

/** All that is wrong with a body, each with where it is (RFC 6901). */
export const VIOLATIONS: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['pointer', 'detail'],
    properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
  },
};
