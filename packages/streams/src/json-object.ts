import type { JsonValue } from '@sluice/schemas';

/** A JSON object's members by name. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Whether it has members by name, as no array has. */
export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
