import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { maskImmutable, maskMissing, maskUnknown } from '../grpc/errors.ts';

/** Which fields of a resource there are, as a mask names them, and whether an update may name them. */
export interface MaskedType {
  /** As messages call it: `Topic`. */
  readonly name: string;
  readonly mutable: readonly string[];
  /** Fields within fields that may be named on their own. */
  readonly nested?: readonly string[];
  readonly immutable: readonly string[];
}

/**
 * A copy of the resource with the fields of the mask taken from the update: a field that the update does not have is
 * cleared.
 * @throws RpcError `INVALID_ARGUMENT`
 */
export function applyMask<Resource extends object>(
  type: MaskedType,
  resource: Resource,
  update: Resource,
  mask: google.protobuf.IFieldMask | null | undefined,
): { readonly updated: Resource; readonly paths: ReadonlySet<string> } {
  const paths = new Set(mask?.paths ?? []);
  if (paths.size === 0) throw maskMissing(type.name);
  const updated = { ...resource };
  for (const path of paths) {
    if (type.immutable.includes(path)) throw maskImmutable(type.name, path);
    if (!type.mutable.includes(path) && !type.nested?.includes(path)) throw maskUnknown(type.name, path);
    setPath(updated, update, path.split('.').map(camelCase));
  }
  return { updated, paths };
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

type Fields = Record<string, unknown>;

function setPath(target: object, source: object | null | undefined, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const to = target as Fields;
  // What a message does not have is answered by its prototype, with the default; what is copied must be its own.
  const value = source && Object.hasOwn(source, name) ? (source as Fields)[name] : undefined;
  if (rest.length > 0) {
    const inner = { ...(to[name] as object | undefined) };
    setPath(inner, value as object | undefined, rest);
    to[name] = inner;
  } else if (value === undefined || value === null) {
    delete to[name];
  } else {
    to[name] = value;
  }
}
