import { IDENTIFIER, RESERVED_PREFIX, SYSTEM_COLUMNS } from './names.ts';
import { DECIMAL_SIZE } from './types.ts';

/** The stream of table transactions, and its topic unless told otherwise. */
export const TABLE_TRANSACTION_STREAM = 'database.activities.v1';

/** One transaction waits for all of its activities; what needs more is several transactions. */
export const MAX_ACTIVITIES = 1000;
/** As many as a table can have. */
export const MAX_CELLS = 1000;
/**
 * How many different sets of columns the deletes of one transaction may name: each is a look through its whole table, and
 * what comes after waits for it.
 */
export const MAX_DELETE_SHAPES = 32;

const TABLE = { description: 'Is made by the first insert', type: 'string', pattern: IDENTIFIER } as const;

const COLUMNS = {
  col_names: {
    description: 'No two that differ in case alone',
    type: 'array',
    minItems: 1,
    maxItems: MAX_CELLS,
    uniqueItems: true,
    items: {
      type: 'string',
      pattern: IDENTIFIER,
      not: { anyOf: [{ enum: SYSTEM_COLUMNS }, { pattern: RESERVED_PREFIX }] },
    },
  },
  col_types: {
    description:
      'One for each name. TEXT and VARCHAR are text, INTEGER has 64 bits, FLOAT and DOUBLE are doubles, then BOOLEAN and ' +
      'DECIMAL(precision, scale), without a size 38 and 9; any other is kept as text',
    type: 'array',
    minItems: 1,
    maxItems: MAX_CELLS,
    items: {
      type: 'string',
      anyOf: [
        { pattern: 'VARCHAR|FLOAT|DOUBLE' },
        { not: { pattern: 'DECIMAL' } },
        { pattern: `DECIMAL${DECIMAL_SIZE}` },
      ],
    },
  },
  col_values: {
    description:
      'One for each name, that fits its type as it is; null fits all, and in a delete is found where there is no value. ' +
      'A DECIMAL is a number, or a string like "12.5" where a double does not keep all digits',
    type: 'array',
    minItems: 1,
    maxItems: MAX_CELLS,
    items: { type: ['null', 'boolean', 'number', 'string'] },
  },
} as const;
const COLUMN_KEYS = ['col_names', 'col_types', 'col_values'] as const;

const INSERT = {
  title: 'Insert',
  description: 'A new row. A missing table and missing columns are made with the types given',
  type: 'object',
  required: ['operation', 'table', ...COLUMN_KEYS],
  properties: { operation: { const: 'insert' }, table: TABLE, ...COLUMNS },
} as const;

const DELETE = {
  title: 'Delete',
  description: 'Of all rows that hold these values. A missing table or column refuses the whole transaction',
  type: 'object',
  required: ['operation', 'table', 'value_to_delete'],
  properties: {
    operation: { const: 'delete' },
    table: TABLE,
    value_to_delete: { type: 'object', required: COLUMN_KEYS, properties: COLUMNS },
  },
} as const;

/**
 * The payload on the wire, as JSON Schema 2020-12. Further keys are ignored. What it cannot say `readActivities` does:
 * three arrays of one length, names that differ in case alone, values that fit their types, scales within precisions.
 */
export const TABLE_TRANSACTION_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:sluice:schema:${TABLE_TRANSACTION_STREAM}:1`,
  title: 'Table transaction',
  description: "Inserts and deletes in the client's own tables, in their order, all of them or none",
  type: 'object',
  required: ['activities'],
  properties: {
    activities: { type: 'array', maxItems: MAX_ACTIVITIES, items: { oneOf: [INSERT, DELETE] } },
  },
  examples: [
    {
      activities: [
        {
          operation: 'insert',
          table: 'orders',
          col_names: ['id', 'customer', 'total'],
          col_types: ['INTEGER', 'VARCHAR(100)', 'DECIMAL(10,2)'],
          col_values: [1, 'Patrick', '12.50'],
        },
        {
          operation: 'delete',
          table: 'orders',
          value_to_delete: { col_names: ['customer'], col_types: ['VARCHAR(100)'], col_values: [null] },
        },
      ],
    },
  ],
} as const;
