import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from '../openapi/openapi.ts';

/**
 * What is wrong with an OpenAPI document: by the schema of OpenAPI itself, by its references, by each example against
 * the schema beside it, and by the routes that it does not describe. Empty where it is sound.
 */
export async function openApiFaults(document: OpenApiDocument): Promise<readonly string[]> {
  // As it is served: what JSON leaves out is not there.
  const served: OpenApiDocument = JSON.parse(JSON.stringify(document));
  const result = await new Validator().validate(structuredClone(served));
  const faults = result.valid ? [] : [JSON.stringify(result.errors)];
  const { 'x-undocumented': undocumented } = served;
  if (undocumented !== undefined) faults.push(`no doc: ${JSON.stringify(undocumented)}`);
  return faults.length > 0 ? faults : exampleFaults(served);
}

function exampleFaults(document: OpenApiDocument): readonly string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, 'document');
  const faults: string[] = [];
  let seen = 0;
  for (const { pointer, value } of examplesIn(document, '')) {
    seen++;
    const validate = ajv.compile({ $ref: `document#${pointer}` });
    if (!validate(value)) faults.push(`${decodeURIComponent(pointer)}: ${ajv.errorsText(validate.errors)}`);
  }
  // A search that finds none must not pass for one that finds no faults.
  if (seen === 0) faults.push('no example was found');
  return faults;
}

interface Example {
  /** Where its schema is. */
  readonly pointer: string;
  readonly value: unknown;
}

function* examplesIn(node: unknown, pointer: string): Generator<Example> {
  if (typeof node !== 'object' || node === null) return;
  const members = new Map(Object.entries(node));
  if (members.has('schema')) {
    const schema = `${pointer}/schema`;
    if (members.has('example')) yield { pointer: schema, value: members.get('example') };
    for (const { value } of Object.values<{ value: unknown }>(members.get('examples') ?? {})) {
      yield { pointer: schema, value };
    }
    return;
  }
  for (const [key, value] of members) {
    const token = encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
    yield* examplesIn(value, `${pointer}/${token}`);
  }
}
