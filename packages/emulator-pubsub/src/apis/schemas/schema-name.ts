import { invalidName } from '../../grpc/errors.ts';
import { isName } from '../../resources/names.ts';

/** The name of a schema, and the revision behind its `@`, where there is one. */
export interface SchemaName {
  readonly name: string;
  readonly revisionId: string | undefined;
}

/** @throws RpcError `INVALID_ARGUMENT` */
export function readSchemaName(field: string, text: string): SchemaName {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const revisionId = at < 0 ? undefined : text.slice(at + 1);
  if (!isName('schemas', name) || revisionId === '') throw invalidName(field, text);
  return { name, revisionId };
}
