import type { JsonValue } from '@sluice/schemas';

/** The id that other producers put into the value; what is none there is a further key like any other. */
export function commandIdIn(value: JsonValue): string | undefined {
  const id = typeof value === 'object' && value !== null && 'command_id' in value ? value.command_id : undefined;
  return typeof id === 'string' ? id : undefined;
}
