import { Faults } from '../faults.ts';
import { attach } from './attach.ts';
import { MessageLogs } from './message-logs.ts';
import { isName } from './names.ts';
import { readSchema } from './schema.ts';
import { loadCompiler } from './schema-compiler.ts';
import { Named, type Service } from './service.ts';
import { readSnapshot } from './snapshot.ts';
import { readSubscription, type StoredSubscription, Subscription } from './subscription.ts';
import { readTopic } from './topic.ts';
import { Turns } from './turns.ts';

export type ServiceOptions = Pick<Service, 'storage' | 'clock' | 'log' | 'pullWaitMs' | 'stopping'>;

/** Opens all that is stored. What a crash left of resources that are gone, or never were, is removed. */
export async function openService(options: ServiceOptions): Promise<Service & AsyncDisposable> {
  const { storage, clock } = options;
  const logs = new MessageLogs(storage);
  const turns = new Turns();
  const service: Service = {
    ...options,
    faults: new Faults(),
    logs,
    topics: new Named(),
    subscriptions: new Named(),
    snapshots: new Named(),
    schemas: new Named(),
    turns,
  };
  const { topics, snapshots, schemas } = service;
  const kept = { messages: new Set<string>(), acks: new Set<string>() };
  const subscriptions: StoredSubscription[] = [];
  for (const [name, value] of storage.resources.entries()) {
    if (isName('topics', name)) {
      const topic = readTopic(value);
      kept.messages.add(topic.messagesId);
      topics.set(name, { ...topic, log: await logs.hold(topic.messagesId, name) });
    } else if (isName('subscriptions', name)) {
      const stored = readSubscription(value);
      subscriptions.push(stored);
      if (stored.messagesId === undefined) continue;
      kept.messages.add(stored.messagesId);
      kept.acks.add(stored.acksId);
    } else if (isName('snapshots', name)) {
      const snapshot = readSnapshot(value);
      kept.messages.add(snapshot.messagesId);
      await logs.hold(snapshot.messagesId, name);
      snapshots.set(name, snapshot);
    } else if (isName('schemas', name)) {
      schemas.set(name, readSchema(name, value, await loadCompiler()));
    }
  }
  await storage.retainOnly(kept);
  // Topics first: a subscription may have a dead letter to publish as soon as it is at work.
  for (const stored of subscriptions) {
    const subscription = new Subscription(stored, clock.now());
    service.subscriptions.set(subscription.name, subscription);
    if (stored.messagesId !== undefined) await attach(service, subscription, stored.messagesId);
  }
  return {
    ...service,
    async [Symbol.asyncDispose]() {
      await turns.idle();
      for (const { attachment } of service.subscriptions.values()) {
        await attachment?.push?.[Symbol.asyncDispose]();
        await attachment?.delivery[Symbol.asyncDispose]();
      }
    },
  };
}
