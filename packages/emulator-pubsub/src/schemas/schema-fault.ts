/** Thrown and caught inside this folder alone: why a definition is none, or a message does not fit one. */
export class SchemaFault extends Error {}
