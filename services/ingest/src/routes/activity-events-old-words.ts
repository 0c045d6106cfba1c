import { printable } from '@sluice/core';
import { type Reply, withMembers } from '@sluice/http';
import type { JsonValue } from '@sluice/schemas';
import type { ActivityViolation } from '@sluice/streams';

/** What the old activity service said of an event that it refused; its clients read these members. */
export interface OldWords {
  /** By field, empty for the body as a whole; only of faults that it found before it looked at what texts say. */
  readonly errors?: Readonly<Record<string, string>>;
  readonly message: string;
}

/** It told of missing fields and wrong types all at once; only of what texts say, one reason, in this order. */
const REASONS = [
  ['email', 'Invalid email address.'],
  ['component', 'Component can not be empty.'],
  ['environment', 'Environment can not be empty.'],
  ['message', 'Message can not be empty.'],
] as const;

const OLD_INVALID = 'Input payload validation failed';

/** The old service's words for what is wrong with an event. */
export function oldWordsFor(violations: readonly ActivityViolation[]): OldWords {
  const early = violations.filter(({ rule }) => rule === 'missing' || rule === 'type' || rule === 'too-long');
  if (early.length > 0) {
    return {
      errors: Object.fromEntries(early.map((violation) => [violation.field ?? '', textOf(violation)])),
      message: OLD_INVALID,
    };
  }
  const [, reason] = REASONS.find(([field]) => violations.some((violation) => violation.field === field)) ?? [];
  return { message: reason === undefined ? OLD_INVALID : `Failed with ${reason}` };
}

/** As the library that it validated with put it. */
function textOf({ field, rule, received }: ActivityViolation): string {
  switch (rule) {
    case 'missing':
      return `'${field}' is a required property`;
    case 'type':
      return `${shown(received)} is not of type '${field === null || field === 'data' ? 'object' : 'string'}'`;
    case 'too-long':
      return `${shown(received)} is too long`;
    case 'empty':
    case 'email':
      return `${shown(received)} does not match`;
    default:
      return rule satisfies never;
  }
}

const MAX_SHOWN = 80;

/** As Python shows it, bounded; lists and objects as JSON does. */
function shown(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${printable(value, MAX_SHOWN)}'`;
  return printable(JSON.stringify(value), MAX_SHOWN);
}

/**
 * A refusal that was made elsewhere, with the old service's members: `errors` is its object here, so the pointers are
 * `violations`. Without a body that it took for JSON it found no object.
 */
export function inOldWords(reply: Reply): Reply {
  const noObject: OldWords = { errors: { '': "None is not of type 'object'" }, message: OLD_INVALID };
  return withMembers(reply, ({ detail, errors: violations }) => ({
    errors: undefined,
    ...(reply.status === 415 ? noObject : { message: detail }),
    violations,
  }));
}
