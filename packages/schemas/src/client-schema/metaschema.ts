import { printable } from '@sluice/core';
import { Ajv, type AnySchemaObject, type FuncKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { JsonIdentities } from '../json/json-identities.ts';
import { followPointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { received } from '../received.ts';
import type { Dialect } from './dialect.ts';
import { refusal, type SchemaGraph, type SchemaRefusal } from './graph.ts';

const OPTIONS: Options = { strict: false, logger: false, validateFormats: false };

const METASCHEMAS: Readonly<
  Record<Dialect, readonly [ajv: typeof Ajv | typeof Ajv2019 | typeof Ajv2020, uri: string]>
> = {
  'draft-07': [Ajv, 'http://json-schema.org/draft-07/schema'],
  '2019-09': [Ajv2019, 'https://json-schema.org/draft/2019-09/schema'],
  '2020-12': [Ajv2020, 'https://json-schema.org/draft/2020-12/schema'],
};

/** Ajv's own compares each item with each: 0.8 s for a 64 KiB `enum`. */
const UNIQUE_ITEMS: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must not have two equal items' },
  validate: (asked: boolean, items: readonly JsonValue[]) => !asked || !new JsonIdentities().repeatIn(items),
};

/** Three at most, of the standard's own texts: nothing in here comes from a client. */
const compiled = new Map<Dialect, ValidateFunction>();

/** The first place where a schema is none by its dialect's own metaschema: `minimum: "1"`, `type: "strin"`. */
export function metaschemaFault({ dialect, root, strays }: SchemaGraph): SchemaRefusal | undefined {
  const metaschema = metaschemaOf(dialect);
  for (const node of [root, ...strays]) {
    if (metaschema(node.schema)) continue;
    const error = metaschema.errors?.[0];
    const found = followPointer(node.schema, error?.instancePath ?? '');
    const [path, got] = found ? [found.path, received(found.value)] : [[], 'something else'];
    const allowed = (error?.params as AnySchemaObject | undefined)?.allowedValues;
    const must = `${error?.message ?? 'must be a schema'}${Array.isArray(allowed) ? ` ${allowed.join(', ')}` : ''}`;
    return refusal([...node.path, ...path], printable(`${must} (${dialect}), got ${got}`, 300));
  }
  return undefined;
}

function metaschemaOf(dialect: Dialect): ValidateFunction {
  const known = compiled.get(dialect);
  if (known) return known;
  const [DialectAjv, uri] = METASCHEMAS[dialect];
  const metaschema = new DialectAjv(OPTIONS).removeKeyword('uniqueItems').addKeyword(UNIQUE_ITEMS).getSchema(uri);
  if (!metaschema) throw new Error(`ajv has no metaschema of ${dialect}`);
  compiled.set(dialect, metaschema);
  return metaschema;
}
