import type { Enum, FieldBase, ReflectionObject, Type } from 'protobufjs';

/** `proto2`, `proto3` or an edition's year. */
export const syntaxOf = (type: Type): string | null => (type as { readonly _edition?: string | null })._edition ?? null;

/**
 * The features of editions as they hold for something in a definition; those of proto2 and proto3 are expressed in them.
 * The parser resolves them and uses them itself, but its types do not show them.
 */
const feature = (of: ReflectionObject, name: string): unknown =>
  (of as { readonly _features?: { readonly [name: string]: unknown } })._features?.[name];

/** A number that is none of its values is refused in JSON. */
export const isClosed = (of: Enum): boolean => feature(of, 'enum_type') === 'CLOSED';

/** Its strings have to be UTF-8. */
export const isVerified = (of: FieldBase): boolean => feature(of, 'utf8_validation') === 'VERIFY';
