import { type Environment, readSettings } from '@sluice/runtime';
import { topicName } from '@sluice/wiring';

/** The two events of the example that `sluice produce` sends, all of one client. */
const EXAMPLE_EVENTS: ReadonlySet<string> = new Set(['Fruits', 'Colors']);
const EXAMPLE_CLIENT = 'SpongeBob';

/**
 * The topic that is meant by a name on the command line: `fruits` and `Colors` are the example's, as the old script had
 * it; anything else is the topic's own name.
 * @throws SettingsError where no topic can have that name
 */
export function topicOf(name: string, { BROKER }: Environment): string {
  const event = name.slice(0, 1).toUpperCase() + name.slice(1);
  const topic = EXAMPLE_EVENTS.has(event) ? `${EXAMPLE_CLIENT}.${event}` : name;
  // An empty name breaks the rule as any other; a setting would take it for an absent one.
  return readSettings(topicName('name', ''), { BROKER, name: topic || ' ' });
}
