import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Registrations, type RegistrationsOptions } from './registration.ts';

test('a topic like a built-in one is a conflict, also where that has another name here: the log would refuse it', async () => {
  const { signal } = new AbortController();
  const nothing = { find: async () => undefined, topicLike: () => undefined };
  const registrations = new Registrations({
    registry: nothing as unknown as RegistrationsOptions['registry'],
    topics: { ensure: () => assert.fail() } as unknown as RegistrationsOptions['topics'],
    publish: () => assert.fail(),
    controlTopic: 'sluice.control.v1',
    builtInTopics: ['my_commands.v1'],
    now: Date.now,
    signal,
  });
  for (const [client, event, other] of [
    ['my', 'commands_v1', 'my_commands.v1'],
    ['timestamp', 'command_v1', 'timestamp.command.v1'],
  ] as const) {
    const wanted = { schema: true, compatibility: 'backward', correlationId: randomUUID(), signal } as const;
    assert.deepEqual(await registrations.register({ client, event, ...wanted }, () => undefined), {
      kind: 'conflict',
      topic: `${client}.${event}`,
      other,
    });
  }
});
