import { quoted } from '../../quoted.ts';
import { described, isObject, isWhole, type Json, parseJson } from '../json.ts';
import { SchemaFault } from '../schema-fault.ts';
import { jsonFault } from './json-value.ts';
import { fullName, namespaceOf, qualified, simpleName } from './names.ts';
import { type AvroEnum, type AvroField, type AvroRecord, type AvroType, branchName, isPrimitive } from './type.ts';

type Node = { readonly [key: string]: Json };

/**
 * Reads a definition as https://avro.apache.org/docs/1.11.1/specification/ has it. The top may be any type but a union:
 * Pub/Sub takes one top-level type only. Throws a SchemaFault.
 */
export function parseAvro(definition: string): AvroType {
  const json = parseJson(Buffer.from(definition));
  if (Array.isArray(json)) throw new SchemaFault('a definition must have one top-level type, got a union');
  const reader = new Reader();
  const type = reader.type(json, '');
  reader.checkDefaults();
  return type;
}

class Reader {
  readonly #named = new Map<string, AvroType>();
  /** A default may be of a record that is not yet read to its end, so they are looked at afterwards. */
  readonly #defaults: { readonly field: AvroField; readonly of: string }[] = [];

  type(node: Json, namespace: string): AvroType {
    if (typeof node === 'string') return this.#reference(node, namespace);
    if (Array.isArray(node)) return this.#union(node, namespace);
    if (!isObject(node)) {
      throw new SchemaFault(`a type must be a name, an array or an object, got ${described(node)}`);
    }
    const kind = node.type;
    switch (kind) {
      case 'record':
      case 'error':
        return this.#record(node, namespace);
      case 'enum':
        return this.#enum(node, namespace);
      case 'fixed':
        return this.#fixed(node, namespace);
      case 'array':
        return { kind, items: this.type(required(node, 'items', 'an array'), namespace) };
      case 'map':
        return { kind, values: this.type(required(node, 'values', 'a map'), namespace) };
      default:
        if (typeof kind === 'string') return this.#reference(kind, namespace);
        throw new SchemaFault(`type must be a name, got ${kind === undefined ? 'none' : described(kind)}`);
    }
  }

  checkDefaults(): void {
    for (const { field, of } of this.#defaults) {
      const { defaultValue, name, type } = field;
      const fault = defaultValue === undefined ? undefined : jsonFault(type, defaultValue, 'default', 'it');
      if (fault !== undefined) throw new SchemaFault(`the default of field ${quoted(name)} of ${quoted(of)}: ${fault}`);
    }
  }

  #reference(name: string, namespace: string): AvroType {
    if (isPrimitive(name)) return { kind: name };
    const type = this.#named.get(name.includes('.') ? name : qualified(name, namespace));
    if (type === undefined) throw new SchemaFault(`a type must be defined before it is used, got ${quoted(name)}`);
    return type;
  }

  #union(nodes: readonly Json[], namespace: string): AvroType {
    if (nodes.length === 0) throw new SchemaFault('a union must have branches, got none');
    const byName = new Map<string, AvroType>();
    for (const node of nodes) {
      const branch = this.type(node, namespace);
      if (branch.kind === 'union') throw new SchemaFault('a union must not have a union as its branch');
      const name = branchName(branch);
      if (byName.has(name)) throw new SchemaFault(`a union must have each type once, got ${quoted(name)} again`);
      byName.set(name, branch);
    }
    return { kind: 'union', branches: [...byName.values()], byName };
  }

  #record(node: Node, namespace: string): AvroRecord {
    const fields: AvroField[] = [];
    const record: AvroRecord = { kind: 'record', ...this.#name(node, namespace), fields };
    // Before its fields are read: one of them may be of this very record.
    this.#define(record);
    const names = new Set<string>();
    for (const each of list(node, 'fields', 'a record')) {
      if (!isObject(each)) throw new SchemaFault(`a field must be an object, got ${described(each)}`);
      const field = this.#field(each, namespaceOf(record.name));
      if (names.has(field.name)) throw new SchemaFault(`fields must differ in name, got ${quoted(field.name)} again`);
      names.add(field.name);
      fields.push(field);
      if (field.defaultValue !== undefined) this.#defaults.push({ field, of: record.name });
    }
    return record;
  }

  #field(node: Node, namespace: string): AvroField {
    return {
      name: simpleName(node.name, 'the name of a field'),
      aliases: aliasesOf(node).map((alias) => simpleName(alias, 'the alias of a field')),
      type: this.type(required(node, 'type', 'a field'), namespace),
      defaultValue: node.default,
    };
  }

  #enum(node: Node, namespace: string): AvroEnum {
    const symbols = new Set<string>();
    for (const each of list(node, 'symbols', 'an enum')) {
      const symbol = simpleName(each, 'a symbol');
      if (symbols.has(symbol)) throw new SchemaFault(`symbols must differ, got ${quoted(symbol)} again`);
      symbols.add(symbol);
    }
    const { default: fallback } = node;
    if (fallback !== undefined && !(typeof fallback === 'string' && symbols.has(fallback))) {
      throw new SchemaFault(`the default of an enum must be one of its symbols, got ${described(fallback)}`);
    }
    return this.#define({
      kind: 'enum',
      ...this.#name(node, namespace),
      symbols,
      hasDefault: fallback !== undefined,
    });
  }

  #fixed(node: Node, namespace: string): AvroType {
    const size = required(node, 'size', 'a fixed');
    if (!isWhole(size) || size < 0 || size > 2_147_483_647) {
      throw new SchemaFault(`size must be a whole number from 0 to 2147483647, got ${described(size)}`);
    }
    return this.#define({ kind: 'fixed', ...this.#name(node, namespace), size: Number(size) });
  }

  #name(node: Node, namespace: string): { readonly name: string; readonly aliases: readonly string[] } {
    const name = fullName(node.name, node.namespace, namespace);
    return { name, aliases: aliasesOf(node).map((alias) => fullName(alias, undefined, namespaceOf(name))) };
  }

  #define<T extends AvroType & { readonly name: string }>(type: T): T {
    if (this.#named.has(type.name))
      throw new SchemaFault(`a name must be defined once, got ${quoted(type.name)} again`);
    this.#named.set(type.name, type);
    return type;
  }
}

function required(node: Node, key: string, what: string): Json {
  const value = node[key];
  if (value === undefined) throw new SchemaFault(`${what} must have ${quoted(key)}, got none`);
  return value;
}

function list(node: Node, key: string, what: string): readonly Json[] {
  const value = required(node, key, what);
  if (Array.isArray(value)) return value;
  throw new SchemaFault(`${key} must be an array, got ${described(value)}`);
}

const aliasesOf = (node: Node): readonly Json[] => (node.aliases === undefined ? [] : list(node, 'aliases', 'a type'));
