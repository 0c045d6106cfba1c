import { refused } from '../observation.ts';
import type { Plain } from '../plain.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const topicScenarios: readonly Scenario[] = [
  { name: 'topics: made and found', run: creation },
  { name: 'topics: updates', run: changes },
  { name: 'topics: lists', run: lists },
  { name: 'topics: deletion', run: deletion },
];

async function creation(the: World): Promise<void> {
  const name = the.topic('created');
  await the.fact('a topic is answered as it is', the.rpc('createTopic', { name }), {
    name: 'projects/p/topics/created',
    state: 'ACTIVE',
  });
  await the.fact('a topic is there once', the.rpc('createTopic', { name }), refused('ALREADY_EXISTS', /created/));
  await the.fact('a topic is found', the.rpc('getTopic', { topic: name }), {
    name: 'projects/p/topics/created',
    state: 'ACTIVE',
  });
  await the.fact(
    'another project has not got it',
    the.rpc('getTopic', { topic: `${the.project}-2/topics/created` }),
    refused('NOT_FOUND', /created/),
  );
  await the.fact(
    'a missing topic',
    the.rpc('getTopic', { topic: the.topic('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  const whole = {
    labels: { team: 'a-b_c' },
    messageRetentionDuration: { seconds: 600 },
    messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] },
    kmsKeyName: 'projects/k/locations/global/keyRings/r/cryptoKeys/c',
  };
  const documented: Plain = {
    name: 'projects/p/topics/whole',
    state: 'ACTIVE',
    labels: { team: 'a-b_c' },
    messageRetentionDuration: '600s',
    messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] },
    kmsKeyName: 'projects/k/locations/global/keyRings/r/cryptoKeys/c',
  };
  await the.fact(
    'settings of a topic are kept',
    the.rpc('createTopic', { name: the.topic('whole'), ...whole }),
    documented,
  );
  await the.fact('and found', the.rpc('getTopic', { topic: the.topic('whole') }), documented);
}

/** What the state is is a fact of its own. */
const withoutState = (topic: object): object =>
  Object.fromEntries(Object.entries(topic).filter(([name]) => name !== 'state'));

async function changes(the: World): Promise<void> {
  const name = await the.newTopic('changed', { labels: { old: '1' }, messageRetentionDuration: { seconds: 600 } });
  const update = async (topic: object, ...paths: string[]) =>
    withoutState((await the.rpc('updateTopic', { topic, updateMask: { paths } })) as object);
  const found = async () => withoutState((await the.rpc('getTopic', { topic: name })) as object);
  await the.fact(
    'what the mask names is replaced, the rest is not',
    update({ name, labels: { new: '2' }, messageRetentionDuration: { seconds: 1_200 } }, 'labels'),
    { name: 'projects/p/topics/changed', labels: { new: '2' }, messageRetentionDuration: '600s' },
  );
  await the.fact(
    'retention is replaced',
    update({ name, messageRetentionDuration: { seconds: 2_678_400 } }, 'message_retention_duration'),
    { name: 'projects/p/topics/changed', labels: { new: '2' }, messageRetentionDuration: '2678400s' },
  );
  await the.fact('what is named and not given is cleared', update({ name }, 'labels', 'message_retention_duration'), {
    name: 'projects/p/topics/changed',
  });
  await the.fact('an update stays', found(), {
    name: 'projects/p/topics/changed',
  });
  const regions = { allowedPersistenceRegions: ['us-east1'] };
  await the.fact(
    'the storage policy is replaced',
    update({ name, messageStoragePolicy: regions }, 'message_storage_policy'),
    { name: 'projects/p/topics/changed', messageStoragePolicy: regions },
  );
  await the.fact('a field nobody knows', update({ name }, 'colour'), refused('INVALID_ARGUMENT', /colour/));
  await the.fact('the name is for ever', update({ name }, 'name'), refused('INVALID_ARGUMENT', /name/));
  await the.fact(
    'a retention of nine minutes',
    update({ name, messageRetentionDuration: { seconds: 540 } }, 'message_retention_duration'),
    refused('INVALID_ARGUMENT', /retention/),
  );
  await the.fact('an update that is refused changes nothing', found(), {
    name: 'projects/p/topics/changed',
    messageStoragePolicy: regions,
  });
  await the.fact(
    'an update of a missing topic',
    update({ name: the.topic('absent') }, 'labels'),
    refused('NOT_FOUND', /absent/),
  );
}

async function lists(the: World): Promise<void> {
  await the.fact('no topics at all', the.rpc('listTopics', { project: the.project }), {});
  for (const id of ['one', 'two', 'three', 'four', 'five']) await the.newTopic(id);
  const { pages, items } = await the.paged('listTopics', { project: the.project, pageSize: 2 }, 'topics');
  await the.fact('pages are as long as asked for', pages, [2, 2, 1]);
  await the.fact(
    'together they are all topics',
    items.map((item) => (item as { name: string }).name).sort(),
    ['five', 'four', 'one', 'three', 'two'].map((id) => `projects/p/topics/${id}`),
  );
  await the.fact('topics of a project without any', the.rpc('listTopics', { project: 'projects/nobody-was-here' }), {});
  const topic = the.topic('one');
  for (const id of ['sub-a', 'sub-b', 'sub-c']) await the.newSubscription(id, topic);
  await the.newSubscription('sub-of-two', the.topic('two'));
  const subscriptions = await the.paged('listTopicSubscriptions', { topic, pageSize: 2 }, 'subscriptions');
  await the.fact('a topic lists its subscriptions, in pages', subscriptions.pages, [2, 1]);
  await the.fact(
    'and no other’s',
    [...subscriptions.items].sort(),
    ['sub-a', 'sub-b', 'sub-c'].map((id) => `projects/p/subscriptions/${id}`),
  );
  await the.fact(
    'subscriptions of a missing topic',
    the.rpc('listTopicSubscriptions', { topic: the.topic('absent') }),
    refused('NOT_FOUND', /absent/),
  );
}

async function deletion(the: World): Promise<void> {
  const topic = await the.newTopic('deleted', { labels: { of: 'the-first' } });
  const subscription = await the.newSubscription('left', topic);
  await the.publish(topic, 'kept');
  await the.fact('a topic is deleted', the.rpc('deleteTopic', { topic }), {});
  await the.fact('once', the.rpc('deleteTopic', { topic }), refused('NOT_FOUND', /deleted/));
  await the.fact('it is gone', the.rpc('getTopic', { topic }), refused('NOT_FOUND', /deleted/));
  const left = (await the.ok<{ topic: string }>('getSubscription', { subscription })).topic;
  await the.fact('its subscription stays without a topic', left, '_deleted-topic_');
  await the.fact(
    'nothing is published to it',
    the.rpc('publish', { topic, messages: [{ data: Buffer.from('late') }] }),
    refused('NOT_FOUND', /deleted/),
  );
  await the.fact(
    'what was published before is still delivered',
    (await the.collect(subscription, 1)).map(({ text }) => text),
    ['kept'],
  );
  await the.fact(
    'a new topic of its name has nothing of it',
    the.rpc('createTopic', { name: topic }).then((made) => withoutState(made as object)),
    { name: 'projects/p/topics/deleted' },
  );
  await the.publish(topic, 'for nobody');
  await the.fact('the old subscription gets nothing of the new topic', (await the.drain(subscription)).length, 0);
  await the.fact('and is not one of its', the.rpc('listTopicSubscriptions', { topic }), {});
  await the.fact(
    'no new subscription of a missing topic',
    the.rpc('createSubscription', { name: the.subscription('new'), topic: the.topic('absent') }),
    refused('NOT_FOUND', /absent/),
  );
}
