import {
  clientTopic,
  type DeadLetterMark,
  type DeadLetterReason,
  type Effect,
  instantFromMs,
  quoted,
  type RecordIdentity,
  type RecordPosition,
} from '@sluice/core';
import { type ClientValidator, compileClientSchema, type JsonValue, received } from '@sluice/schemas';
import { builtInLike } from '../built-in.ts';
import { clientName, eventName } from '../client-event/name.ts';
import { isJsonObject } from '../json-object.ts';
import { placeInValue } from '../record-json.ts';
import { CONTROL_SCHEMAS } from './schemas.ts';

/** What a control command's value says. */
export type ControlReading =
  | { readonly kind: 'effect'; readonly effect: Effect }
  /** The rule and the value received; neither escaped nor bounded. */
  | { readonly kind: 'refused'; readonly detail: string };

type ControlKind = keyof typeof CONTROL_SCHEMAS;

/**
 * What a control command does. Anybody may have written it, so it is held to all that ingest asks of a client: where a
 * name or a schema is no good, nothing is registered.
 */
export function controlEffect(
  value: JsonValue,
  { commandId: id, client }: RecordIdentity,
  /** When it came into the log, by the broker's word, in ms since the epoch. */
  loggedAtMs: number,
): ControlReading {
  const kind = isJsonObject(value) ? value.kind : undefined;
  if (!isJsonObject(value) || !isControlKind(kind)) {
    return refused(`/kind must be one of ${KINDS.join(', ')}, got ${received(isJsonObject(value) ? kind : value)}`);
  }
  const [violation] = validatorOf(kind).violations(value);
  if (violation) return refused(`${placeInValue(violation.pointer)} ${violation.detail}`);
  switch (kind) {
    case 'registration':
      return registration(value as unknown as RegistrationValue);
    case 'redrive':
    case 'discard': {
      const { dead_letters: marks } = value as unknown as { readonly dead_letters: readonly MarkValue[] };
      return { kind: 'effect', effect: { kind, deadLetters: marks.map(markOf) } };
    }
    case 'marker': {
      // Not by its sender's clock: markers are forgotten by their age, and one that is a day wrong would have others forgotten
      // before they are seen.
      const row = { id, createdAt: instantFromMs(loggedAtMs), client };
      return { kind: 'effect', effect: { kind: 'row', table: 'markers', row } };
    }
    default:
      return kind satisfies never;
  }
}

interface RegistrationValue {
  readonly client: string;
  readonly event: string;
  readonly schema: JsonValue;
  readonly compatibility: 'backward' | 'none';
  readonly base: number;
}

function registration({ client, event, schema, compatibility, base }: RegistrationValue): ControlReading {
  for (const [key, text, checked] of [
    ['client', client, clientName(client)],
    ['event', event, eventName(event)],
  ] as const) {
    if (checked.kind === 'refused') return refused(`/${key} must ${checked.rule}, got ${received(text)}`);
  }
  const compiled = compileClientSchema(schema);
  if (compiled.kind === 'refused') return refused(`/schema${compiled.pointer}: ${compiled.detail}`);
  const topic = clientTopic(client, event);
  const builtIn = builtInLike(topic);
  if (builtIn !== undefined) {
    return refused(`the topic ${quoted(topic)} must differ from ${quoted(builtIn)} in more than dots and underscores`);
  }
  const text = JSON.stringify(schema);
  return {
    kind: 'effect',
    effect: { kind: 'registration', client, event, topic, schema: text, compatibility, base },
  };
}

type MarkValue = {
  readonly command_id: string;
  readonly topic: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
} & ({ readonly partition: number; readonly offset: number } | { readonly message_id: string });

function markOf(mark: MarkValue): DeadLetterMark {
  const { command_id: commandId, topic, reason, detail } = mark;
  const position: RecordPosition =
    'message_id' in mark
      ? { kind: 'message', messageId: mark.message_id }
      : { kind: 'offset', partition: mark.partition, offset: mark.offset };
  return { commandId, topic, position, reason, detail };
}

const KINDS = Object.keys(CONTROL_SCHEMAS) as readonly ControlKind[];

const isControlKind = (kind: JsonValue | undefined): kind is ControlKind => KINDS.some((each) => each === kind);

const refused = (detail: string): ControlReading => ({ kind: 'refused', detail });

/** Compiled when first needed: most processes read no control command. */
const validators = new Map<ControlKind, ClientValidator>();

function validatorOf(kind: ControlKind): ClientValidator {
  const known = validators.get(kind);
  if (known) return known;
  const compiled = compileClientSchema(CONTROL_SCHEMAS[kind]);
  if (compiled.kind === 'refused') throw new Error(`the schema of a ${kind} is none: ${compiled.detail}`);
  validators.set(kind, compiled.validator);
  return compiled.validator;
}
