import { Enum, MapField, Type } from 'protobufjs';
import { quoted } from '../../quoted.ts';
import { isClosed } from './features.ts';

const MAP_KEYS = new Set([
  ...['int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64'],
  ...['bool', 'string'],
]);

/** Rules of the language that hold for a message and all within it, and that the parser leaves to the compiler. */
export function typeFault(type: Type): string | undefined {
  return fieldsFault(type) ?? firstFault(type.nestedArray, nestedFault);
}

function nestedFault(nested: unknown): string | undefined {
  if (nested instanceof Type) return typeFault(nested);
  if (!(nested instanceof Enum)) return undefined;
  const [first] = Object.values(nested.values);
  if (first === undefined) return `enum ${quoted(nested.name)} must have values, got none`;
  if (first !== 0 && !isClosed(nested)) return `enum ${quoted(nested.name)} must start with 0, got ${first}`;
  return undefined;
}

function fieldsFault(type: Type): string | undefined {
  const jsonNames = new Map<string, string>();
  for (const field of type.fieldsArray) {
    const { id, name, jsonName } = field;
    const shown = `field ${quoted(name)} of ${quoted(type.name)}`;
    // The parser keeps an extension among the fields, its name led by a dot.
    if (name.startsWith('.')) return `${quoted(type.name)} must not be extended, got extension ${quoted(name)}`;
    if (id < 1 || id > 536_870_911 || (id >= 19_000 && id <= 19_999)) {
      return `the number of ${shown} must be from 1 to 536870911 and none of 19000 to 19999, got ${id}`;
    }
    if (field instanceof MapField && !MAP_KEYS.has(field.keyType)) {
      return `the key of ${shown} must be an integer, bool or string, got ${quoted(field.keyType)}`;
    }
    if (!field.hasPresence && field.getOption('default') !== undefined) {
      return `${shown} must have no default, since it cannot be absent`;
    }
    const other = jsonNames.get(jsonName ?? name);
    if (other !== undefined) return `${shown} must differ from ${quoted(other)} in its JSON name, got the same`;
    jsonNames.set(jsonName ?? name, name);
  }
  return undefined;
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
