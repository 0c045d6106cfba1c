import type * as compiler from '../schemas/schema.ts';

/** What reads definitions; it brings libraries along that take longer to load than most of the rest. */
export type SchemaCompiler = typeof compiler;

/** Loads it where a schema is seen for the first time: who has none need not wait for it at the start. */
export const loadCompiler = (): Promise<SchemaCompiler> => import('../schemas/schema.ts');
