import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '../protocol/writer.ts';
import type { Protocol } from './messages.ts';
import { isSubscribed } from './subscription.ts';
import { GroupDriver } from './testing/group-driver.ts';

/** As consumers write it, with something behind that only newer versions know. */
function subscription(...topics: string[]): Protocol {
  const writer = new Writer();
  writer.int16(3);
  writer.array(topics, (topic) => writer.string(topic));
  writer.int32(-1);
  return { name: 'range', metadata: Buffer.concat(writer.finish()) };
}

function groupOf(protocolType: string, ...protocols: Protocol[]): GroupDriver {
  const driver = new GroupDriver();
  driver.stable(...protocols.map((each) => ({ protocolType, protocols: [each] })));
  return driver;
}

test('a group of consumers is subscribed to the topics of all its members, and when empty to none', () => {
  const driver = groupOf('consumer', subscription('a', 'b'), subscription('c'));
  const topics = ['a', 'b', 'c', 'd'];
  const subscribed = (): boolean[] => topics.map((topic) => isSubscribed(driver.group.generation, topic));
  assert.deepEqual(subscribed(), [true, true, true, false]);
  driver.leave(...driver.group.roster.all.map(({ id }) => ({ memberId: id })));
  assert.deepEqual(subscribed(), [false, false, false, false]);
});

test('consumers whose metadata cannot be read may be subscribed to anything, other groups are to nothing', () => {
  const garbage = { name: 'range', metadata: Buffer.from([0]) };
  assert.equal(isSubscribed(groupOf('consumer', garbage).group.generation, 'a'), true);
  assert.equal(isSubscribed(groupOf('connect', subscription('a')).group.generation, 'a'), false);
});
