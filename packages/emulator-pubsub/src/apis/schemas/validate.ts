import { invalid, invalidArgument, shown } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { checkProject } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import type { CompiledSchema } from '../../schemas/schema.ts';
import { define } from '../define.ts';
import { checkSchema } from './check-schema.ts';
import { readSchemaName } from './schema-name.ts';
import { revisionOf } from './views.ts';

/** What a message may have is what may be published. */
const MAX_REQUEST_BYTES = 10_000_000;

/** ValidateSchema: whether a definition is one. */
export const validateSchema = define({
  path: 'google.pubsub.v1.SchemaService/ValidateSchema',
  request: pubsub.ValidateSchemaRequest,
  response: pubsub.ValidateSchemaResponse,
  async handle({ parent, schema }) {
    checkProject('parent', parent);
    await checkSchema(schema);
    return {};
  },
});

/** ValidateMessage: whether a message fits a schema that is stored, or one that comes along. */
export const validateMessage = define({
  path: 'google.pubsub.v1.SchemaService/ValidateMessage',
  request: pubsub.ValidateMessageRequest,
  response: pubsub.ValidateMessageResponse,
  maxRequestBytes: MAX_REQUEST_BYTES,
  async handle(request, { service }) {
    checkProject('parent', request.parent);
    const encoding = request.encoding === 1 ? 'JSON' : request.encoding === 2 ? 'BINARY' : undefined;
    if (encoding === undefined) throw invalidArgument('encoding');
    const fault = (await schemaOf(request, service)).validate(request.message as Buffer, encoding);
    if (fault !== undefined) throw invalid(`Invalid data in message: ${shown(fault)}`);
    return {};
  },
});

async function schemaOf(
  { name, schema: proto }: InstanceType<typeof pubsub.ValidateMessageRequest>,
  { schemas }: Service,
): Promise<CompiledSchema> {
  if (proto) return (await checkSchema(proto)).compiled;
  if (!name) throw invalidArgument('schema_spec');
  const wanted = readSchemaName('name', name);
  const schema = schemas.get(wanted.name);
  return schema.compiled(revisionOf(schema, wanted));
}
