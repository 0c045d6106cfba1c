import { invalid, shown } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { loadCompiler } from '../../resources/schema-compiler.ts';
import { define } from '../define.ts';
import { checkSchema } from './check-schema.ts';
import { addRevision } from './revise.ts';

/**
 * CommitSchema: a new revision, which must be one that may follow the latest.
 *
 * Limits: 20 revisions, a definition of 300 KB.
 */
export const commitSchema = define({
  path: 'google.pubsub.v1.SchemaService/CommitSchema',
  request: pubsub.CommitSchemaRequest,
  response: pubsub.Schema,
  handle({ name: wanted, schema: proto }, { service }) {
    const name = checkName('schemas', 'name', wanted);
    return service.turns.take(async () => {
      const schema = service.schemas.get(name);
      const checked = await checkSchema(proto);
      if (checked.type !== schema.type) {
        throw invalid(`The type of a schema cannot be changed: it is ${schema.type}, got ${checked.type}.`);
      }
      const { compatibilityFault } = await loadCompiler();
      const fault = compatibilityFault(schema.type, schema.latest.definition ?? '', checked.definition);
      if (fault !== undefined) throw invalid(`Incompatible schema revision: ${shown(fault)}`);
      return addRevision(service, name, checked);
    });
  },
});
