import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { encoded, pubsub } from '../grpc/protos.ts';
import type { Compiled, CompiledSchema, SchemaType } from '../schemas/schema.ts';
import { type Change, readRecord, record } from './records.ts';
import type { SchemaCompiler } from './schema-compiler.ts';

export type SchemaProto = google.pubsub.v1.ISchema;

/** A schema and its revisions, the oldest first: at least one. */
export class Schema {
  readonly name: string;
  readonly type: SchemaType;
  readonly revisions: readonly SchemaProto[];
  readonly #compiler: SchemaCompiler;
  readonly #compiled = new Map<SchemaProto, Compiled>();

  constructor(name: string, type: SchemaType, revisions: readonly SchemaProto[], compiler: SchemaCompiler) {
    this.#compiler = compiler;
    this.name = name;
    this.type = type;
    this.revisions = revisions;
  }

  /** The same schema with other revisions. */
  with(revisions: readonly SchemaProto[]): Schema {
    return new Schema(this.name, this.type, revisions, this.#compiler);
  }

  get latest(): SchemaProto {
    return this.revisions.at(-1) as SchemaProto;
  }

  find(revisionId: string): SchemaProto | undefined {
    return this.revisions.find((revision) => revision.revisionId === revisionId);
  }

  /** The revision, compiled once. Its definition was checked when it came. */
  compiled(revision: SchemaProto): CompiledSchema {
    let compiled = this.#compiled.get(revision);
    if (compiled === undefined) {
      compiled = this.#compiler.compileSchema(this.type, revision.definition ?? '');
      this.#compiled.set(revision, compiled);
    }
    if (compiled.kind === 'faulty') throw new Error(`${this.name} holds a faulty revision: ${compiled.detail}`);
    return compiled;
  }
}

const TYPES = { AVRO: 2, PROTOCOL_BUFFER: 1 } as const satisfies Record<SchemaType, number>;

export const typeNumber = (type: SchemaType): number => TYPES[type];

/** What the protocol calls the type, undefined where it is none. */
export const typeOf = (value: unknown): SchemaType | undefined =>
  value === TYPES.AVRO || value === 'AVRO'
    ? 'AVRO'
    : value === TYPES.PROTOCOL_BUFFER || value === 'PROTOCOL_BUFFER'
      ? 'PROTOCOL_BUFFER'
      : undefined;

interface SchemaNotes {
  readonly type: SchemaType;
}

/** The revisions lie one behind the other, as the list of an answer that has them all. */
export const schemaRecord = ({ name, type, revisions }: Schema): Change =>
  record(
    name,
    { type } satisfies SchemaNotes,
    encoded(pubsub.ListSchemaRevisionsResponse, { schemas: [...revisions] }),
  );

export function readSchema(name: string, value: Buffer, compiler: SchemaCompiler): Schema {
  const { notes, resource } = readRecord<SchemaNotes>(value);
  return new Schema(name, notes.type, pubsub.ListSchemaRevisionsResponse.decode(resource).schemas, compiler);
}
