/** A name that a client or an event may have, or the rule that the text breaks. */
export type CheckedName =
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'refused';
      /** Completes the sentence "the name must …". */
      readonly rule: string;
      /** A service's own addresses begin with it. */
      readonly isReserved: boolean;
    };

/** Without a dot, so that `<Client>.<Event>` is unambiguous; a topic's name for Kafka and Pub/Sub alike. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,62}$';
const NAME = new RegExp(NAME_PATTERN);
const SHAPE = 'be 1 to 63 letters, digits, underscores or hyphens, the first a letter';

/** What the services' own addresses begin with. */
const RESERVED: ReadonlySet<string> = new Set(['api', 'app', 'health', 'ready', 'metrics']);
/** No topic of Pub/Sub may begin so (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
const RESERVED_START = 'goog';

/** Checks the name of a client that has streams of its own. */
export function clientName(text: string): CheckedName {
  if (!NAME.test(text)) return { kind: 'refused', rule: SHAPE, isReserved: false };
  if (RESERVED.has(text)) return { kind: 'refused', rule: `be none of ${[...RESERVED].join(', ')}`, isReserved: true };
  if (text.startsWith(RESERVED_START))
    return { kind: 'refused', rule: `not begin with ${RESERVED_START}`, isReserved: false };
  return { kind: 'name', name: text };
}

/** Checks the name of an event of a client. */
export function eventName(text: string): CheckedName {
  return NAME.test(text) ? { kind: 'name', name: text } : { kind: 'refused', rule: SHAPE, isReserved: false };
}
