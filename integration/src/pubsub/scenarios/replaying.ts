import { refused } from '../observation.ts';
import { type Received, sorted, texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const replayingScenarios: readonly Scenario[] = [
  { name: 'seek: forward in time', run: forward },
  { name: 'seek: back in time', run: backAlone },
  { name: 'seek: malformed', run: malformed },
  { name: 'snapshots: made, found, changed, deleted', run: snapshots },
  { name: 'snapshots: seek', run: seekToSnapshot },
];

const RETAINED = { retainAckedMessages: true };
const timestamp = (ms: number) => ({ seconds: Math.floor(ms / 1_000), nanos: Math.floor(ms % 1_000) * 1e6 });

async function forward(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('forward');
  await the.publish(topic, 'a', 'b');
  await the.fact(
    'is answered with nothing',
    the.rpc('seek', { subscription, time: timestamp(Date.now() + 3_600_000) }),
    {},
  );
  await the.fact('all before counts as acknowledged', (await the.drain(subscription)).length, 0);
}

/** pstest ends where a message comes back, so this has a server of its own. */
async function backAlone(the: World): Promise<void> {
  await using another = await the.another();
  const own = another.world;
  const { topic, subscription } = await own.newPair('back', RETAINED);
  await own.publish(topic, { data: 'a', attributes: { n: '1' } });
  const [first] = await own.collect(subscription, 1);
  await own.sees(async () => Date.now() > (first?.publishTimeMs ?? 0) + 50);
  await own.publish(topic, { data: 'b', attributes: { n: '2' } }, { data: 'c' });
  const rest = await own.collect(subscription, 2);
  const messages = [first, ...rest].filter((message): message is Received => message !== undefined);
  await own.acknowledge(subscription, messages);
  const attempt = async (fact: string, seek: () => Promise<unknown>): Promise<void> => {
    // On a server that has ended, each call is refused: that is what is seen of it.
    const seen = await seek().catch((error) => ({
      error: error.code === 14 ? 'UNAVAILABLE' : String(error.code),
      text: String(error),
    }));
    await the.fact(
      fact,
      seen,
      fact === 'with bodies and attributes'
        ? [
            ['a', { n: '1' }],
            ['b', { n: '2' }],
            ['c', {}],
          ]
        : fact === 'from a time between them'
          ? ['b', 'c']
          : true,
    );
  };
  await attempt('with bodies and attributes', async () => {
    await own.ok('seek', { subscription, time: timestamp((first?.publishTimeMs ?? 0) - 60_000) });
    const again = await own.collect(subscription, 3);
    await own.acknowledge(subscription, again);
    return again.map(({ text, attributes }) => [text, attributes]).sort();
  });
  await attempt('under their ids', async () => {
    await own.ok('seek', { subscription, time: timestamp((first?.publishTimeMs ?? 0) - 60_000) });
    const again = await own.collect(subscription, 3);
    await own.acknowledge(subscription, again);
    return JSON.stringify(sorted(again.map(({ id }) => id))) === JSON.stringify(sorted(messages.map(({ id }) => id)));
  });
  await attempt('from a time between them', async () => {
    await own.ok('seek', { subscription, time: timestamp((first?.publishTimeMs ?? 0) + 25) });
    return sorted(texts(await own.collect(subscription, 3, { withinMs: 1_000 })));
  });
  await attempt('from the topic’s retention, to a subscription made later', async () => {
    const retained = await own.newTopic('retained', { messageRetentionDuration: { seconds: 600 } });
    await own.publish(retained, 'old');
    const late = await own.newSubscription('late', retained);
    await own.ok('seek', { subscription: late, time: timestamp(Date.now() - 300_000) });
    return JSON.stringify(texts(await own.collect(late, 1))) === '["old"]';
  });
  await attempt('nothing comes back that is not retained', async () => {
    const lost = await own.newPair('lost');
    await own.publish(lost.topic, 'acknowledged');
    await own.collect(lost.subscription, 1, { acknowledge: true });
    await own.ok('seek', { subscription: lost.subscription, time: timestamp(Date.now() - 300_000) });
    return (await own.collect(lost.subscription, 1, { withinMs: 300 })).length === 0;
  });
}

async function malformed(the: World): Promise<void> {
  const { subscription } = await the.newPair('malformed');
  await the.fact('no target', the.rpc('seek', { subscription }), refused('INVALID_ARGUMENT'));
  await the.fact(
    'a missing subscription',
    the.rpc('seek', { subscription: the.subscription('absent'), time: timestamp(Date.now()) }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a missing snapshot',
    the.rpc('seek', { subscription, snapshot: the.snapshot('absent') }),
    refused('NOT_FOUND', /absent/),
  );
}

async function snapshots(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('snap');
  const name = the.snapshot('taken');
  const taken = { name: 'projects/p/snapshots/taken', topic: 'projects/p/topics/snap-topic', expireTime: '<time>' };
  await the.fact('is made of a subscription', the.rpc('createSnapshot', { name, subscription }), taken);
  await the.fact('once', the.rpc('createSnapshot', { name, subscription }), refused('ALREADY_EXISTS', /taken/));
  await the.fact('is found', the.rpc('getSnapshot', { snapshot: name }), taken);
  await the.fact(
    'a missing one',
    the.rpc('getSnapshot', { snapshot: the.snapshot('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'of a missing subscription',
    the.rpc('createSnapshot', { name: the.snapshot('other'), subscription: the.subscription('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'its labels are replaced',
    the.rpc('updateSnapshot', { snapshot: { name, labels: { a: '1' } }, updateMask: { paths: ['labels'] } }),
    { ...taken, labels: { a: '1' } },
  );
  await the.fact(
    'its topic is not',
    the.rpc('updateSnapshot', { snapshot: { name, topic: the.topic('other') }, updateMask: { paths: ['topic'] } }),
    refused('INVALID_ARGUMENT', /topic/),
  );
  await the.fact(
    'an update of a missing one',
    the.rpc('updateSnapshot', { snapshot: { name: the.snapshot('absent') }, updateMask: { paths: ['labels'] } }),
    refused('NOT_FOUND', /absent/),
  );
  for (const id of ['second', 'third']) await the.rpc('createSnapshot', { name: the.snapshot(id), subscription });
  const names = async (rpc: 'listSnapshots' | 'listTopicSnapshots', request: object, member = 'snapshots') => {
    try {
      const { pages, items } = await the.paged(rpc, { ...request, pageSize: 2 }, member);
      return [pages, items.map((item) => (typeof item === 'string' ? item : (item as { name: string }).name)).sort()];
    } catch (error) {
      return { error: (error as { code: number }).code === 12 ? 'UNIMPLEMENTED' : 'other', text: String(error) };
    }
  };
  const all = ['second', 'taken', 'third'].map((id) => `projects/p/snapshots/${id}`);
  await the.fact('all of a project, in pages', names('listSnapshots', { project: the.project }), [[2, 1], all]);
  await the.fact('all of a topic, in pages', names('listTopicSnapshots', { topic }), [[2, 1], all]);
  await the.fact(
    'of a missing topic',
    the.rpc('listTopicSnapshots', { topic: the.topic('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact('is deleted', the.rpc('deleteSnapshot', { snapshot: name }), {});
  await the.fact('and gone', the.rpc('getSnapshot', { snapshot: name }), refused('NOT_FOUND', /taken/));
  await the.fact('deleted once', the.rpc('deleteSnapshot', { snapshot: name }), refused('NOT_FOUND', /taken/));
  const unnamed = (await the.rpc('createSnapshot', { subscription })) as { name?: string; error?: string };
  await the.fact(
    'one without a name is given one',
    unnamed.error === undefined ? /\/snapshots\/[A-Za-z][\w.~+%-]{2,254}$/.test(unnamed.name ?? '') : unnamed,
    true,
  );
}

async function seekToSnapshot(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('seek');
  const snapshot = the.snapshot('backlog');
  await the.publish(topic, 'acknowledged before');
  await the.collect(subscription, 1, { acknowledge: true });
  await the.publish(topic, { data: 'in the backlog', attributes: { n: '1' } });
  const made = await the.rpc('createSnapshot', { name: snapshot, subscription });
  await the.publish(topic, 'published after');
  await the.collect(subscription, 2, { acknowledge: true });
  const back = async (to: string) => {
    const answer = await the.rpc('seek', { subscription: to, snapshot });
    if ('error' in (answer as object)) return answer;
    return (await the.collect(to, 3, { withinMs: 1_500, acknowledge: true }))
      .map(({ text, attributes }) => [text, attributes])
      .sort();
  };
  const backlog = [
    ['in the backlog', { n: '1' }],
    ['published after', {}],
  ];
  await the.fact('is made', 'error' in (made as object) ? made : 'made', 'made');
  await the.fact('what was not acknowledged comes back, and what came since', back(subscription), backlog);
  await the.fact('as often as one likes', back(subscription), backlog);
  await the.fact('also on another subscription of the topic', back(await the.newSubscription('other', topic)), backlog);
  const stranger = await the.newPair('stranger');
  await the.fact(
    'on one of another topic',
    the.rpc('seek', { subscription: stranger.subscription, snapshot }),
    refused('FAILED_PRECONDITION'),
  );
}
