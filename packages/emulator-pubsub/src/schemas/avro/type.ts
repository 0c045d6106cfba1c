import type { Json } from '../json.ts';

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type Primitive = (typeof PRIMITIVES)[number];

export const isPrimitive = (name: string): name is Primitive => (PRIMITIVES as readonly string[]).includes(name);

/** A definition resolved: references point at what they name, so that a recursive record is a cycle. */
export type AvroType =
  | { readonly kind: Primitive }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroUnion
  | AvroFixed
  | AvroEnum
  | AvroRecord;

export interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly AvroType[];
  /** By the name that a value's branch has in JSON. */
  readonly byName: ReadonlyMap<string, AvroType>;
}

interface Named {
  /** With its namespace. */
  readonly name: string;
  readonly aliases: readonly string[];
}

export interface AvroFixed extends Named {
  readonly kind: 'fixed';
  readonly size: number;
}

export interface AvroEnum extends Named {
  readonly kind: 'enum';
  readonly symbols: ReadonlySet<string>;
  readonly hasDefault: boolean;
}

export interface AvroRecord extends Named {
  readonly kind: 'record';
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  readonly defaultValue: Json | undefined;
}

/** How a union's branch is named in JSON, and what no two branches may share. */
export const branchName = (type: AvroType): string => ('name' in type ? type.name : type.kind);
