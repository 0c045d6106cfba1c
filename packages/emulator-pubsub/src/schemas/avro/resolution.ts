import { quoted } from '../../quoted.ts';
import { unqualified } from './names.ts';
import { type AvroEnum, type AvroField, type AvroRecord, type AvroType, type AvroUnion, branchName } from './type.ts';

/** What a reader of the one type also takes: numbers that lose nothing essential, and text and bytes for each other. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Why a reader that expects one type cannot read all that was written as another, by the rules of schema resolution of
 * https://avro.apache.org/docs/1.11.1/specification/; undefined where it can.
 */
export function resolutionFault(reader: AvroType, writer: AvroType): string | undefined {
  return new Resolution().fault(reader, writer, '$');
}

class Resolution {
  /** What was found of pairs. One being looked at is taken for good: a recursive record would be looked at for ever. */
  readonly #found = new Map<AvroType, Map<AvroType, string | undefined>>();
  readonly #branches = new Map<AvroUnion, ReadonlyMap<string, readonly AvroType[]>>();

  fault(reader: AvroType, writer: AvroType, at: string): string | undefined {
    const found = this.#found.get(reader) ?? new Map<AvroType, string | undefined>();
    if (found.has(writer)) return found.get(writer);
    this.#found.set(reader, found.set(writer, undefined));
    const fault = this.#fault(reader, writer, at);
    found.set(writer, fault);
    return fault;
  }

  #fault(reader: AvroType, writer: AvroType, at: string): string | undefined {
    if (writer.kind === 'union') {
      return firstFault(writer.branches, (branch) => this.fault(reader, branch, at));
    }
    if (reader.kind === 'union') return this.#unionFault(reader, writer, at);
    if (reader.kind !== writer.kind) {
      const isPromoted = PROMOTIONS[reader.kind]?.includes(writer.kind) === true;
      return isPromoted ? undefined : unreadable(at, reader, writer);
    }
    switch (reader.kind) {
      case 'record':
        return isSameName(reader, writer)
          ? this.#recordFault(reader, writer as AvroRecord, at)
          : unreadable(at, reader, writer);
      case 'enum':
        return isSameName(reader, writer) ? enumFault(reader, writer as AvroEnum, at) : unreadable(at, reader, writer);
      case 'fixed': {
        const isSame = isSameName(reader, writer) && 'size' in writer && writer.size === reader.size;
        return isSame ? undefined : unreadable(at, reader, writer);
      }
      case 'array':
        return this.fault(reader.items, 'items' in writer ? writer.items : writer, `${at}[]`);
      case 'map':
        return this.fault(reader.values, 'values' in writer ? writer.values : writer, `${at}{}`);
      default:
        return undefined;
    }
  }

  #unionFault(reader: AvroUnion, writer: AvroType, at: string): string | undefined {
    const branches = this.#branches.get(reader) ?? branchesByKey(reader);
    this.#branches.set(reader, branches);
    // A union may have thousands of branches, and so may the other: only those that may fit are looked at.
    const faults = keysOf(writer)
      .flatMap((key) => branches.get(key) ?? [])
      .map((branch) => this.fault(branch, writer, at));
    if (faults.includes(undefined)) return undefined;
    return faults[0] ?? `${at} must have a branch that reads ${quoted(branchName(writer))}, got none`;
  }

  #recordFault(reader: AvroRecord, writer: AvroRecord, at: string): string | undefined {
    const written = new Map(writer.fields.map((field) => [field.name, field]));
    return firstFault(reader.fields, (field) => {
      const from = writtenAs(field, written);
      if (from !== undefined) return this.fault(field.type, from.type, `${at}.${field.name}`);
      if (field.defaultValue !== undefined) return undefined;
      return `${at} must have a default for field ${quoted(field.name)}, which the other revision does not have`;
    });
  }
}

function branchesByKey({ branches }: AvroUnion): ReadonlyMap<string, readonly AvroType[]> {
  const byKey = new Map<string, AvroType[]>();
  for (const branch of branches) {
    const names = 'name' in branch ? [unqualified(branch.name), ...branch.aliases] : [''];
    for (const name of names) {
      const key = `${branch.kind} ${name}`;
      byKey.set(key, [...(byKey.get(key) ?? []), branch]);
    }
  }
  return byKey;
}

/** Where the branches stand that may read what was written as this. */
function keysOf(writer: AvroType): readonly string[] {
  if ('name' in writer)
    return [...new Set([unqualified(writer.name), writer.name])].map((name) => `${writer.kind} ${name}`);
  const wider = Object.keys(PROMOTIONS).filter((kind) => PROMOTIONS[kind]?.includes(writer.kind));
  return [writer.kind, ...wider].map((kind) => `${kind} `);
}

function writtenAs(field: AvroField, written: ReadonlyMap<string, AvroField>): AvroField | undefined {
  const name = [field.name, ...field.aliases].find((each) => written.has(each));
  return name === undefined ? undefined : written.get(name);
}

function enumFault(reader: AvroEnum, writer: AvroEnum, at: string): string | undefined {
  const unknown = [...writer.symbols].find((symbol) => !reader.symbols.has(symbol));
  if (unknown === undefined || reader.hasDefault) return undefined;
  return `${at} must have symbol ${quoted(unknown)} or a default, since the other revision has it`;
}

/** Namespaces do not matter; the reader's aliases are other names of its own. */
function isSameName(reader: { readonly name: string; readonly aliases: readonly string[] }, writer: AvroType): boolean {
  if (!('name' in writer)) return false;
  return unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name);
}

function unreadable(at: string, reader: AvroType, writer: AvroType): string {
  return `${at} must stay readable across revisions, got ${shown(writer)} for ${shown(reader)}`;
}

const shown = (type: AvroType): string => ('name' in type ? `${type.kind} ${quoted(type.name)}` : type.kind);

function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
