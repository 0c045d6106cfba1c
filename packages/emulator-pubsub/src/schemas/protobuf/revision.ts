import { Enum, type Field, MapField, Type } from 'protobufjs';
import { quoted } from '../../quoted.ts';

/**
 * Why a message cannot follow another in a schema: "you can add or remove optional fields", no others, and no field may
 * change. A field is the same where it has the same number. Enums are no fields: their values may come and go.
 */
export function revisionFault(before: Type, after: Type): string | undefined {
  return new Comparison().fault(before, after);
}

class Comparison {
  /** Pairs compared or being compared: a message may hold itself. */
  readonly #seen = new Map<Type, Set<Type>>();

  fault(before: Type, after: Type): string | undefined {
    const seen = this.#seen.get(before);
    if (seen?.has(after)) return undefined;
    if (seen === undefined) this.#seen.set(before, new Set([after]));
    else seen.add(after);
    return this.#fieldsFault(before, after);
  }

  #fieldsFault(before: Type, after: Type): string | undefined {
    for (const field of before.fieldsArray) {
      const next = after.fieldsById[field.id];
      const fault = next === undefined ? comingFault(field, before, 'removed') : this.#changeFault(field, next, before);
      if (fault !== undefined) return fault;
    }
    for (const field of after.fieldsArray) {
      const fault = before.fieldsById[field.id] === undefined ? comingFault(field, after, 'added') : undefined;
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #changeFault(before: Field, after: Field, type: Type): string | undefined {
    const [old, next] = [traits(before), traits(after)];
    const changed = Object.keys(old).find((trait) => old[trait] !== next[trait]);
    if (changed !== undefined) {
      return `${shown(before, type)} must keep its ${changed}, got ${quoted(next[changed] ?? '')} for ${quoted(old[changed] ?? '')}`;
    }
    if (!(before.resolvedType instanceof Type) || !(after.resolvedType instanceof Type)) return undefined;
    return this.fault(before.resolvedType, after.resolvedType);
  }
}

/** All that is a field's own. Messages are compared by their fields, so that a type may move or be renamed. */
function traits(field: Field): Readonly<Record<string, string>> {
  const { resolvedType } = field;
  return {
    name: field.name,
    type: resolvedType instanceof Type ? 'message' : resolvedType instanceof Enum ? 'enum' : field.type,
    label: labelOf(field),
    'key type': field instanceof MapField ? field.keyType : '',
    'JSON name': field.jsonName ?? field.name,
    oneof: field.partOf?.isProto3Optional === false ? field.partOf.name : '',
    default: String(field.getOption('default') ?? ''),
    encoding: field.delimited ? 'delimited' : 'length-prefixed',
  };
}

function labelOf(field: Field): string {
  if (field instanceof MapField) return 'map';
  if (field.repeated) return 'repeated';
  if (field.required) return 'required';
  return field.hasPresence ? 'optional' : 'none';
}

function comingFault(field: Field, type: Type, what: string): string | undefined {
  const label = labelOf(field);
  if (label === 'optional' || label === 'none') return undefined;
  return `${shown(field, type)} must be optional to be ${what}, got ${label}`;
}

const shown = (field: Field, type: Type): string => `field ${quoted(field.name)} of ${quoted(type.name)}`;
