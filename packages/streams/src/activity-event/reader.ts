import { type JsonValue, received, type Violation } from '@sluice/schemas';
import { isJsonObject } from '../json-object.ts';
import { ACTIVITY_FIELDS, type ActivityField, EMAIL, LONGEST, VISIBLE } from './schema.ts';

/** An activity event's own fields, held against the rules. */
export interface ActivityEvent {
  readonly email: string;
  readonly component: string;
  readonly environment: string;
  readonly message: string;
  readonly data: { readonly [key: string]: JsonValue };
}

/** What an activity event's value says. */
export type ReadActivityEvent =
  | { readonly kind: 'event'; readonly event: ActivityEvent }
  | { readonly kind: 'invalid'; readonly violations: readonly ActivityViolation[] };

/** What is wrong with a field, or with the value as a whole. */
export interface ActivityViolation extends Violation {
  readonly field: ActivityField | null;
  /** `empty` and `email` are rules for texts that are there and not too long. */
  readonly rule: 'missing' | 'type' | 'too-long' | 'empty' | 'email';
  readonly received: JsonValue | undefined;
}

/** Reads an activity event as `ACTIVITY_SCHEMA` describes it, and names all that is wrong, in the order of the fields. */
export function readActivityEvent(value: JsonValue): ReadActivityEvent {
  if (!isJsonObject(value))
    return { kind: 'invalid', violations: [violation(null, 'type', 'must be an object', value)] };
  const violations = ACTIVITY_FIELDS.flatMap((field) => {
    const found = Object.hasOwn(value, field) ? value[field] : undefined;
    return (field === 'data' ? dataFault(found) : textFault(field, found)) ?? [];
  });
  if (violations.length > 0) return { kind: 'invalid', violations };
  const { email, component, environment, message, data } = value as unknown as ActivityEvent;
  return { kind: 'event', event: { email, component, environment, message, data } };
}

function dataFault(value: JsonValue | undefined): ActivityViolation | undefined {
  if (isJsonObject(value)) return undefined;
  return violation('data', value === undefined ? 'missing' : 'type', 'must be an object', value);
}

function textFault(field: Exclude<ActivityField, 'data'>, value: JsonValue | undefined): ActivityViolation | undefined {
  if (typeof value !== 'string') {
    return violation(field, value === undefined ? 'missing' : 'type', 'must be a string', value);
  }
  const longest = field === 'message' ? undefined : LONGEST[field];
  if (longest !== undefined && isLonger(value, longest)) {
    return violation(field, 'too-long', `must have at most ${longest} characters`, value);
  }
  if (field === 'email') {
    return EMAIL.test(value) ? undefined : violation(field, 'email', 'must be an email address in ASCII', value);
  }
  return VISIBLE.test(value) ? undefined : violation(field, 'empty', 'must not be blank', value);
}

/** Characters as JSON Schema counts them: those beyond the first 65,536 are one each. */
function isLonger(text: string, longest: number): boolean {
  if (text.length <= longest) return false;
  return text.length > 2 * longest || [...text].length > longest;
}

function violation(
  field: ActivityField | null,
  rule: ActivityViolation['rule'],
  must: string,
  value: JsonValue | undefined,
): ActivityViolation {
  const pointer = field === null ? '' : `/${field}`;
  return { field, rule, received: value, pointer, detail: `${must}, got ${received(value)}` };
}
