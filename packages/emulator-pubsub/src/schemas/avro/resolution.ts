import { quoted } from '../../quoted.ts';
import { unqualified } from './names.ts';
import { type AvroEnum, type AvroField, type AvroRecord, type AvroType, branchName } from './type.ts';

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
 * https://avro.apache.org/docs/1.12.0/specification/; undefined where it can.
 */
export function resolutionFault(reader: AvroType, writer: AvroType): string | undefined {
  return new Resolution().fault(reader, writer, '$');
}

class Resolution {
  /** Pairs found good or being looked at: a recursive record would be looked at for ever. */
  readonly #seen = new Map<AvroType, Set<AvroType>>();

  fault(reader: AvroType, writer: AvroType, at: string): string | undefined {
    const seen = this.#seen.get(reader);
    if (seen?.has(writer)) return undefined;
    if (seen === undefined) this.#seen.set(reader, new Set([writer]));
    else seen.add(writer);
    const fault = this.#fault(reader, writer, at);
    if (fault !== undefined) this.#seen.get(reader)?.delete(writer);
    return fault;
  }

  #fault(reader: AvroType, writer: AvroType, at: string): string | undefined {
    if (writer.kind === 'union') {
      return firstFault(writer.branches, (branch) => this.fault(reader, branch, at));
    }
    if (reader.kind === 'union') return this.#unionFault(reader.branches, writer, at);
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

  #unionFault(branches: readonly AvroType[], writer: AvroType, at: string): string | undefined {
    // Most branches differ in kind or name: these are told apart without looking inside, however many there are.
    const mayFit = branches.filter(
      (branch) => branch.kind === writer.kind || PROMOTIONS[branch.kind]?.includes(writer.kind) === true,
    );
    const faults = mayFit.map((branch) => this.fault(branch, writer, at));
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
