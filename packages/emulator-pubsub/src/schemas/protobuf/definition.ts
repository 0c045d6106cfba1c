import { Enum, type NamespaceBase, parse, Root, Service, Type } from 'protobufjs';
import { quoted } from '../../quoted.ts';
import { SchemaFault } from '../schema-fault.ts';
import { syntaxOf } from './features.ts';
import { sizeFault } from './size.ts';
import { typeFault } from './type-faults.ts';

/**
 * Reads a definition in proto2 or proto3. As https://cloud.google.com/pubsub/docs/schemas says, it has one
 * top-level type, which is a message, and no imports, those of well-known types included. Throws a SchemaFault.
 */
export function parseProtobuf(definition: string): Type {
  const size = sizeFault(definition);
  if (size !== undefined) throw new SchemaFault(size);
  // The parser drops what has this name, without a word.
  if (/\b__proto__\b/.test(definition)) throw new SchemaFault('a definition must not name anything __proto__');
  const root = new Root();
  const { imports = [], weakImports = [], package: name } = checked(() => parse(definition, root, { keepCase: true }));
  const [imported] = [...imports, ...weakImports];
  if (imported !== undefined) throw new SchemaFault(`a definition must have no imports, got ${quoted(imported)}`);
  checked(() => root.resolveAll());
  const type = onlyType(root, name);
  const syntax = syntaxOf(type);
  if (syntax !== 'proto2' && syntax !== 'proto3') {
    throw new SchemaFault(`a definition must be in proto2 or proto3, got edition ${quoted(String(syntax))}`);
  }
  const fault = typeFault(type);
  if (fault !== undefined) throw new SchemaFault(fault);
  return type;
}

function onlyType(root: Root, packageName: string | undefined): Type {
  const inPackage = packageName === undefined ? root : root.lookup(packageName);
  const { nestedArray } = inPackage as NamespaceBase;
  const types = nestedArray.filter((each) => each instanceof Type || each instanceof Enum || each instanceof Service);
  const [type] = types;
  if (types.length === 1 && type instanceof Type) return type;
  const got = types.length === 0 ? 'none' : types.map((each) => quoted(each.name)).join(', ');
  throw new SchemaFault(`a definition must have one top-level type, a message, got ${got.slice(0, 200)}`);
}

function checked<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    // What the library throws is all about the text: a syntax error, a name that is unknown or there twice.
    throw new SchemaFault(`must be a protocol buffer definition, got ${quoted((error as Error).message, 200)}`);
  }
}
