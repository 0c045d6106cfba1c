import { randomBytes } from 'node:crypto';
import { invalidName, malformedRequest, notFound } from '../../grpc/errors.ts';
import { field, fieldsOf, type WireField } from '../../grpc/wire.ts';
import { type Collection, isName } from '../../resources/names.ts';
import type { Named, Service } from '../../resources/service.ts';

/*
 * The messages of google.iam.v1, of which the client's package has no code, and of which the emulator looks at little:
 *
 *     Policy    version int32 = 1, bindings repeated Binding = 4, audit_configs repeated AuditConfig = 6, etag bytes = 3
 *     Binding   role string = 1, members repeated string = 2, condition google.type.Expr = 3
 */
const ETAG = 3;
const BINDING = 4;

/** What the service says of a resource whose policy nobody has set: `ACAB` in base64. */
const NO_POLICY = field(ETAG, Buffer.from([0x00, 0x20, 0x01]));

/** @throws RpcError `INVALID_ARGUMENT` where the bytes are no message. */
export function readFields(bytes: Buffer): readonly WireField[] {
  try {
    return [...fieldsOf(bytes)];
  } catch {
    throw malformedRequest();
  }
}

export const textOf = (fields: readonly WireField[], number: number): string =>
  fields.findLast((each) => each.number === number)?.content.toString() ?? '';

/** @throws RpcError `INVALID_ARGUMENT` where it can have no policy, `NOT_FOUND` where there is no such resource. */
export function checkResource(service: Service, name: string): string {
  const collections: Record<Collection, Named<unknown>> = {
    topics: service.topics,
    subscriptions: service.subscriptions,
    snapshots: service.snapshots,
    schemas: service.schemas,
  };
  for (const [collection, resources] of Object.entries(collections) as [Collection, Named<unknown>][]) {
    if (!isName(collection, name)) continue;
    if (resources.find(name) === undefined) throw notFound(name);
    return name;
  }
  throw invalidName('resource', name);
}

export const policyOrNone = (stored: Buffer | undefined): Buffer => stored ?? NO_POLICY;

export const etagOf = (policy: Buffer): Buffer =>
  readFields(policy).findLast(({ number }) => number === ETAG)?.content ?? Buffer.alloc(0);

/** The policy with an etag that no policy had before. */
export function withNewEtag(policy: Buffer): Buffer {
  const kept = readFields(policy).filter(({ number }) => number !== ETAG);
  return Buffer.concat([...kept.map(({ raw }) => raw), field(ETAG, randomBytes(8))]);
}

/** The roles of a policy's bindings. */
export const rolesOf = (policy: Buffer): readonly string[] =>
  readFields(policy)
    .filter(({ number }) => number === BINDING)
    .map(({ content }) => textOf(readFields(content), 1));
