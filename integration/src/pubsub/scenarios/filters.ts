import { refused } from '../observation.ts';
import { sorted, texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { NewMessage, World } from '../world.ts';

export const filterScenarios: readonly Scenario[] = [
  { name: 'filters: what matches', run: matching },
  { name: 'filters: what is no filter', run: invalid },
  { name: 'filters: what does not match', run: unmatched },
];

const MESSAGES: readonly NewMessage[] = [
  { data: 'none' },
  { data: 'x1', attributes: { x: '1' } },
  { data: 'x2', attributes: { x: '2' } },
  { data: 'x1y1', attributes: { x: '1', y: '1' } },
  { data: 'x2y1', attributes: { x: '2', y: '1' } },
  { data: 'empty', attributes: { x: '' } },
  { data: 'com', attributes: { domain: 'com.example' } },
  { data: 'org', attributes: { domain: 'org.example' } },
  { data: 'odd', attributes: { 'iana.org/language_tag': 'en', 'with "quotes"': 'a"b\\c', ä: 'ö' } },
];

/** Each filter, and which messages it lets through. */
const FILTERS: readonly (readonly [filter: string, matches: readonly string[]])[] = [
  ['attributes:x', ['x1', 'x2', 'x1y1', 'x2y1', 'empty']],
  ['attributes : x', ['x1', 'x2', 'x1y1', 'x2y1', 'empty']],
  ['attributes:"x"', ['x1', 'x2', 'x1y1', 'x2y1', 'empty']],
  ['attributes:absent', []],
  ['attributes.x = "1"', ['x1', 'x1y1']],
  ['attributes.x="1"', ['x1', 'x1y1']],
  ['attributes.x = ""', ['empty']],
  ["attributes.x = '1'", ['x1', 'x1y1']],
  ['attributes.x-y != "1"', MESSAGES.map(({ data = '' }) => data)],
  ['attributes."x" = "1"', ['x1', 'x1y1']],
  ['attributes.x != "1"', ['none', 'x2', 'x2y1', 'empty', 'com', 'org', 'odd']],
  ['hasPrefix(attributes.domain, "co")', ['com']],
  ['hasPrefix(attributes.domain, "")', ['com', 'org']],
  ['hasPrefix(attributes.domain, "com.example.")', []],
  ['hasPrefix(attributes."domain", "org")', ['org']],
  ['NOT attributes:x', ['none', 'com', 'org', 'odd']],
  ['-attributes:x', ['none', 'com', 'org', 'odd']],
  ['NOT attributes.x = "1"', ['none', 'x2', 'x2y1', 'empty', 'com', 'org', 'odd']],
  ['NOT hasPrefix(attributes.domain, "co")', ['none', 'x1', 'x2', 'x1y1', 'x2y1', 'empty', 'org', 'odd']],
  ['attributes.x = "1" AND attributes:y', ['x1y1']],
  ['attributes.x = "1" OR attributes.x = "2"', ['x1', 'x2', 'x1y1', 'x2y1']],
  ['attributes:x AND NOT attributes:y', ['x1', 'x2', 'empty']],
  ['attributes:x AND -attributes:y', ['x1', 'x2', 'empty']],
  ['(attributes:x)', ['x1', 'x2', 'x1y1', 'x2y1', 'empty']],
  ['NOT (attributes:x OR attributes:domain)', ['none', 'odd']],
  ['attributes:y AND (attributes.x = "1" OR attributes.x = "2")', ['x1y1', 'x2y1']],
  ['(attributes.x = "1" AND attributes:y) OR attributes:domain', ['x1y1', 'com', 'org']],
  ['attributes:x AND attributes:y AND attributes.x = "2"', ['x2y1']],
  ['attributes.x = "1" OR attributes.x = "2" OR attributes.x = ""', ['x1', 'x2', 'x1y1', 'x2y1', 'empty']],
  ['attributes."iana.org/language_tag" = "en"', ['odd']],
  ['attributes:"iana.org/language_tag"', ['odd']],
  ['attributes."with \\"quotes\\"" = "a\\"b\\\\c"', ['odd']],
  ['attributes."ä" = "ö"', ['odd']],
  ['attributes."ä" = "\\u00f6"', ['odd']],
  ['attributes:x\n  AND\n  attributes:y', ['x1y1', 'x2y1']],
];

/** Texts that are refused as filters, by what is wrong with them. */
const INVALID: readonly (readonly [what: string, filter: string])[] = [
  ['no expression', '   '],
  ['a bare word', 'x'],
  ['attributes alone', 'attributes'],
  ['a key alone', 'attributes.x'],
  ['no value', 'attributes.x ='],
  ['a value without quotes', 'attributes.x = 1'],
  ['an open quote', 'attributes.x = "1'],
  ['another operator', 'attributes.x < "1"'],
  ['another field', 'data = "1"'],
  ['another member', 'message.x = "1"'],
  ['AND without a right side', 'attributes:x AND'],
  ['AND without a left side', 'AND attributes:x'],
  ['AND and OR without parentheses', 'attributes:x AND attributes:y OR attributes:z'],
  ['OR and AND without parentheses', 'attributes:x OR attributes:y AND attributes:z'],
  ['and in small letters', 'attributes:x and attributes:y'],
  ['two expressions side by side', 'attributes:x attributes:y'],
  ['an open parenthesis', '(attributes:x'],
  ['a parenthesis too many', 'attributes:x)'],
  ['nothing in parentheses', '()'],
  ['another function', 'hasSuffix(attributes.x, "1")'],
  ['a function with one argument', 'hasPrefix(attributes.x)'],
  ['a function with three', 'hasPrefix(attributes.x, "1", "2")'],
  ['a function of no attribute', 'hasPrefix("x", "1")'],
  ['a comparison of two attributes', 'attributes.x = attributes.y'],
  ['an unknown escape', 'attributes.x = "\\q"'],
  ['257 bytes', `attributes.x = "${'1'.repeat(240)}"`],
];

async function matching(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const made = await Promise.all(
    FILTERS.map(async ([filter, matches], at) => {
      const subscription = the.subscription(`filter-${at}`);
      const answer = await the.rpc('createSubscription', { name: subscription, topic, ackDeadlineSeconds: 10, filter });
      return { filter, matches, subscription, refusal: 'error' in (answer as object) ? answer : undefined };
    }),
  );
  await the.publish(topic, ...MESSAGES);
  for (const { filter, matches, subscription, refusal } of made) {
    await the.fact(filter, refusal ?? sorted(texts(await the.drain(subscription))), sorted(matches));
  }
}

async function invalid(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const answers = await Promise.all(
    INVALID.map(async ([what, filter], at) => {
      const name = the.subscription(`invalid-${at}`);
      const answer = await the.rpc('createSubscription', { name, topic, ackDeadlineSeconds: 10, filter });
      return [what, 'error' in (answer as object) ? answer : 'made'] as const;
    }),
  );
  for (const [what, answer] of answers) await the.fact(what, answer, refused('INVALID_ARGUMENT', /filter/i));
  const longest = `attributes.x = "${'1'.repeat(239)}"`;
  const { filter } = await the.ok<{ filter: string }>('createSubscription', {
    name: the.subscription('longest'),
    topic,
    ackDeadlineSeconds: 10,
    filter: longest,
  });
  await the.fact('256 bytes are one', filter === longest, true);
}

async function unmatched(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('unmatched', { filter: 'attributes:x' });
  await the.publish(topic, 'not mine', { data: 'mine', attributes: { x: '1' } }, 'nor this');
  using stream = the.stream(subscription);
  await the.sees(() => stream.messages.length >= 1);
  await the.sees(() => stream.messages.length > 1, 500);
  await the.fact('is not on a stream', texts(stream.messages), ['mine']);
  const ordered = await the.newSubscription('ordered', topic, { filter: 'attributes:x', enableMessageOrdering: true });
  await the.publish(topic, { data: 'k0', orderingKey: 'k' }, { data: 'k1', orderingKey: 'k', attributes: { x: '1' } });
  await the.fact('holds no key up', texts(await the.collect(ordered, 1)), ['k1']);
}
