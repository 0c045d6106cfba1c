import type { Encoding } from '../encoding.ts';
import { parseJson } from '../json.ts';
import { binaryFault } from './binary-value.ts';
import { parseAvro } from './definition.ts';
import { jsonFault } from './json-value.ts';
import { resolutionFault } from './resolution.ts';

/** Throws a SchemaFault for a definition that is none; what it returns throws one for data that is not even JSON. */
export function avroValidator(definition: string): (data: Buffer, encoding: Encoding) => string | undefined {
  const type = parseAvro(definition);
  return (data, encoding) => {
    if (encoding === 'BINARY') return binaryFault(type, data);
    return jsonFault(type, parseJson(data), 'message');
  };
}

/** A new revision has to follow the rules of resolution both as the reader's schema and as the writer's. */
export function avroRevisionFault(oldDefinition: string, newDefinition: string): string | undefined {
  const before = parseAvro(oldDefinition);
  const after = parseAvro(newDefinition);
  return resolutionFault(after, before) ?? resolutionFault(before, after);
}
