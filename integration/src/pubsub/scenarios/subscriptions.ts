import { refused } from '../observation.ts';
import type { Plain } from '../plain.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const subscriptionScenarios: readonly Scenario[] = [
  { name: 'subscriptions: made and found', run: creation },
  { name: 'subscriptions: updates', run: updates },
  { name: 'subscriptions: what an update may not touch', run: refusedUpdates },
  { name: 'subscriptions: lists', run: lists },
  { name: 'subscriptions: deletion', run: deletion },
  { name: 'subscriptions: detaching', run: detaching },
];

const DEFAULTS = {
  topic: 'projects/p/topics/topic',
  ackDeadlineSeconds: 10,
  messageRetentionDuration: '604800s',
  expirationPolicy: { ttl: '2678400s' },
  pushConfig: {},
  state: 'ACTIVE',
} as const satisfies Plain;

async function creation(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const name = the.subscription('created');
  const created: Plain = { name: 'projects/p/subscriptions/created', ...DEFAULTS };
  await the.fact('a subscription has its defaults', the.rpc('createSubscription', { name, topic }), created);
  await the.fact('is there once', the.rpc('createSubscription', { name, topic }), refused('ALREADY_EXISTS', /created/));
  await the.fact('is found', the.rpc('getSubscription', { subscription: name }), created);
  await the.fact(
    'a missing subscription',
    the.rpc('getSubscription', { subscription: the.subscription('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  const unnamed = (await the.rpc('createSubscription', { topic })) as { name?: string; error?: string };
  await the.fact(
    'one without a name is given one',
    /^projects\/conformance-[0-9a-f]+\/subscriptions\/[A-Za-z][\w.~+%-]{2,254}$/.test(unnamed.name ?? '') || unnamed,
    true,
  );
  const deadLetterTopic = await the.newTopic('dead');
  const settings = {
    ackDeadlineSeconds: 600,
    retainAckedMessages: true,
    messageRetentionDuration: { seconds: 2_678_400 },
    labels: { a: '1' },
    enableMessageOrdering: true,
    expirationPolicy: { ttl: { seconds: 86_400 } },
    filter: 'attributes.a = "b"',
    deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 100 },
    retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 600 } },
    enableExactlyOnceDelivery: true,
  };
  const all: Plain = {
    name: 'projects/p/subscriptions/whole',
    topic: 'projects/p/topics/topic',
    ackDeadlineSeconds: 600,
    retainAckedMessages: true,
    messageRetentionDuration: '2678400s',
    labels: { a: '1' },
    enableMessageOrdering: true,
    expirationPolicy: { ttl: '86400s' },
    filter: 'attributes.a = "b"',
    deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 100 },
    retryPolicy: { minimumBackoff: '0s', maximumBackoff: '600s' },
    enableExactlyOnceDelivery: true,
    pushConfig: {},
    state: 'ACTIVE',
  };
  const whole = the.subscription('whole');
  await the.fact('settings are kept', the.rpc('createSubscription', { name: whole, topic, ...settings }), all);
  await the.fact('and found', the.rpc('getSubscription', { subscription: whole }), all);
  const create = async (id: string, some: object): Promise<Plain> => {
    const answer = await the.rpc('createSubscription', { name: the.subscription(id), topic, ...some });
    return answer as Plain;
  };
  const created2 = (await create('never', { expirationPolicy: {} })) as { expirationPolicy?: Plain };
  await the.fact('a policy without a time to live means never', created2.expirationPolicy ?? null, {});
  const dead = (await create('five', { deadLetterPolicy: { deadLetterTopic } })) as { deadLetterPolicy?: Plain };
  await the.fact('five attempts unless told', dead.deadLetterPolicy ?? null, {
    deadLetterTopic: 'projects/p/topics/dead',
    maxDeliveryAttempts: 5,
  });
  const retry = (await create('ten', { retryPolicy: {} })) as { retryPolicy?: Plain };
  await the.fact('a retry policy has its defaults', retry.retryPolicy ?? null, {
    minimumBackoff: '10s',
    maximumBackoff: '600s',
  });
  const retained = await the.newTopic('retained', { messageRetentionDuration: { seconds: 3_600 } });
  const told = (await create('told', { topic: retained })) as { topicMessageRetentionDuration?: Plain };
  await the.fact('a subscription tells what its topic retains', told.topicMessageRetentionDuration ?? null, '3600s');
}

async function updates(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const deadLetterTopic = await the.newTopic('dead');
  const name = await the.newSubscription('sub', topic, { labels: { a: '1' } });
  const update = async (fact: string, settings: object, paths: readonly string[], documented: Plain): Promise<void> => {
    const answer = await the.rpc('updateSubscription', { subscription: { name, ...settings }, updateMask: { paths } });
    const changed = answer as { readonly [member: string]: Plain };
    const seen: Record<string, Plain> = 'error' in changed ? { error: changed.error ?? null } : {};
    for (const member of Object.keys(documented as object)) seen[member] = changed[member] ?? null;
    await the.fact(fact, seen, documented);
  };
  await update('the deadline', { ackDeadlineSeconds: 20 }, ['ack_deadline_seconds'], { ackDeadlineSeconds: 20 });
  await update('what the mask does not name is left', { ackDeadlineSeconds: 30, labels: { b: '2' } }, ['labels'], {
    ackDeadlineSeconds: 20,
    labels: { b: '2' },
  });
  await update('labels are cleared', {}, ['labels'], { labels: null });
  await update('retained acknowledged messages', { retainAckedMessages: true }, ['retain_acked_messages'], {
    retainAckedMessages: true,
  });
  await update('retention', { messageRetentionDuration: { seconds: 600 } }, ['message_retention_duration'], {
    messageRetentionDuration: '600s',
  });
  await update('expiration', { expirationPolicy: { ttl: { seconds: 90_000 } } }, ['expiration_policy'], {
    expirationPolicy: { ttl: '90000s' },
  });
  await update('expiration never', { expirationPolicy: {} }, ['expiration_policy'], { expirationPolicy: {} });
  await update('expiration as by default', {}, ['expiration_policy'], { expirationPolicy: { ttl: '2678400s' } });
  await update(
    'the dead-letter policy',
    { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 7 } },
    ['dead_letter_policy'],
    { deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 7 } },
  );
  await update(
    'attempts of it',
    { deadLetterPolicy: { maxDeliveryAttempts: 9 } },
    ['dead_letter_policy.max_delivery_attempts'],
    {
      deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dead', maxDeliveryAttempts: 9 },
    },
  );
  await update('no dead-letter policy', {}, ['dead_letter_policy'], { deadLetterPolicy: null });
  await update(
    'the retry policy',
    { retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } } },
    ['retry_policy'],
    {
      retryPolicy: { minimumBackoff: '1s', maximumBackoff: '2s' },
    },
  );
  await update('no retry policy', {}, ['retry_policy'], { retryPolicy: null });
  await update('exactly once', { enableExactlyOnceDelivery: true }, ['enable_exactly_once_delivery'], {
    enableExactlyOnceDelivery: true,
  });
  await update('not exactly once', {}, ['enable_exactly_once_delivery'], { enableExactlyOnceDelivery: null });
  const pushConfig = { pushEndpoint: 'https://example.com/push', attributes: { 'x-goog-version': 'v1' } };
  await update('push', { pushConfig }, ['push_config'], {
    pushConfig: { ...pushConfig, wrapper: 'pubsubWrapper', pubsubWrapper: {} },
  });
  await update('pull again', {}, ['push_config'], { pushConfig: {} });
  await update('several at once', { ackDeadlineSeconds: 40, labels: { c: '3' } }, ['labels', 'ack_deadline_seconds'], {
    ackDeadlineSeconds: 40,
    labels: { c: '3' },
  });
}

async function refusedUpdates(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  const other = await the.newTopic('other');
  const name = await the.newSubscription('sub', topic);
  const before = await the.rpc('getSubscription', { subscription: name });
  const update = (settings: object, ...paths: string[]) =>
    the.rpc('updateSubscription', { subscription: { name, ...settings }, updateMask: { paths } });
  const invalid = refused('INVALID_ARGUMENT');
  await the.fact('the topic', update({ topic: other }, 'topic'), invalid);
  await the.fact('the name', update({}, 'name'), invalid);
  await the.fact('the filter', update({ filter: 'attributes:a' }, 'filter'), invalid);
  await the.fact('ordering', update({ enableMessageOrdering: true }, 'enable_message_ordering'), invalid);
  await the.fact('detached', update({ detached: true }, 'detached'), invalid);
  await the.fact('the state', update({ state: 'ACTIVE' }, 'state'), invalid);
  await the.fact('a field nobody knows', update({}, 'colour'), refused('INVALID_ARGUMENT', /colour/));
  await the.fact(
    'a field in camel case',
    update({}, 'ackDeadlineSeconds'),
    refused('INVALID_ARGUMENT', /ackDeadlineSeconds/),
  );
  await the.fact('no field', update({ ackDeadlineSeconds: 20 }), invalid);
  await the.fact(
    'a good field beside a bad one',
    update({ ackDeadlineSeconds: 20 }, 'ack_deadline_seconds', 'colour'),
    refused('INVALID_ARGUMENT', /colour/),
  );
  await the.fact(
    'a missing subscription',
    the.rpc('updateSubscription', {
      subscription: { name: the.subscription('absent') },
      updateMask: { paths: ['labels'] },
    }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a dead-letter topic that is missing',
    update({ deadLetterPolicy: { deadLetterTopic: the.topic('absent') } }, 'dead_letter_policy'),
    refused('NOT_FOUND', /absent/),
  );
  const after = await the.rpc('getSubscription', { subscription: name });
  await the.fact('nothing has changed', JSON.stringify(after) === JSON.stringify(before), true);
}

async function lists(the: World): Promise<void> {
  const topic = await the.newTopic('topic');
  await the.fact('none', the.rpc('listSubscriptions', { project: the.project }), {});
  for (const id of ['sub-1', 'sub-2', 'sub-3']) await the.newSubscription(id, topic);
  const { pages, items } = await the.paged('listSubscriptions', { project: the.project, pageSize: 2 }, 'subscriptions');
  await the.fact('pages', pages, [2, 1]);
  await the.fact(
    'all of them',
    items.map((item) => (item as { name: string }).name).sort(),
    ['sub-1', 'sub-2', 'sub-3'].map((id) => `projects/p/subscriptions/${id}`),
  );
}

async function deletion(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('gone');
  await the.publish(topic, 'dropped');
  await the.fact('is deleted', the.rpc('deleteSubscription', { subscription }), {});
  const notFound = refused('NOT_FOUND', /gone-sub/);
  await the.fact('once', the.rpc('deleteSubscription', { subscription }), notFound);
  await the.fact('is gone', the.rpc('getSubscription', { subscription }), notFound);
  await the.fact('is not pulled', the.rpc('pull', { subscription, maxMessages: 1 }), notFound);
  await the.fact('acknowledges nothing', the.rpc('acknowledge', { subscription, ackIds: ['a'] }), notFound);
  await the.fact('is no more of its topic', the.rpc('listTopicSubscriptions', { topic }), {});
  await the.newSubscription('gone-sub', topic);
  await the.fact('a new one of its name has nothing of it', (await the.drain(subscription)).length, 0);
}

async function detaching(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('detached');
  await the.publish(topic, 'dropped');
  await the.fact('is detached', the.rpc('detachSubscription', { subscription }), {});
  const { detached } = await the.ok<{ detached: boolean }>('getSubscription', { subscription });
  await the.fact('says so', detached, true);
  await the.fact(
    'is not pulled any more',
    the.rpc('pull', { subscription, maxMessages: 1, returnImmediately: true }),
    refused('FAILED_PRECONDITION', /detached/),
  );
  await the.fact('is no more of its topic', the.rpc('listTopicSubscriptions', { topic }), {});
  await the.fact(
    'is still there',
    (await the.paged('listSubscriptions', { project: the.project }, 'subscriptions')).pages,
    [1],
  );
  await the.fact(
    'a missing one',
    the.rpc('detachSubscription', { subscription: the.subscription('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact('can be deleted', the.rpc('deleteSubscription', { subscription }), {});
}
