import { quoted } from '../../quoted.ts';
import { SchemaFault } from '../schema-fault.ts';
import { isPrimitive } from './type.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name of a field or of an enum's symbol. */
export function simpleName(name: unknown, what: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new SchemaFault(`${what} must start with a letter or "_" and go on with these or digits, got ${shown(name)}`);
}

/** The name of a record, an enum or a fixed with its namespace: its own, the one it was given, or the one around it. */
export function fullName(name: unknown, namespace: unknown, enclosing: string): string {
  if (typeof name !== 'string') throw new SchemaFault(`name must be a string, got ${shown(name)}`);
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new SchemaFault(`namespace must be a string, got ${shown(namespace)}`);
  }
  const full = name.includes('.') ? name : qualified(name, namespace ?? enclosing);
  for (const part of full.split('.')) simpleName(part, 'each part of a name');
  if (isPrimitive(unqualified(full))) throw new SchemaFault(`name must not be that of a primitive, got ${shown(name)}`);
  return full;
}

export const qualified = (name: string, namespace: string): string =>
  namespace === '' ? name : `${namespace}.${name}`;

export const namespaceOf = (full: string): string => full.slice(0, Math.max(0, full.lastIndexOf('.')));

export const unqualified = (full: string): string => full.slice(full.lastIndexOf('.') + 1);

const shown = (name: unknown): string => (typeof name === 'string' ? quoted(name) : `a ${typeof name}`);
