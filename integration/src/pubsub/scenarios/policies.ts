import { refused } from '../observation.ts';
import type { Plain } from '../plain.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const policyScenarios: readonly Scenario[] = [{ name: 'policies: kept with their etags', run: kept }];

const BINDING = { role: 'roles/pubsub.publisher', members: ['user:a@example.com'] };

interface Policy {
  readonly bindings?: Plain;
  readonly etag?: string;
  readonly version?: number;
  readonly error?: string;
}

async function kept(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('iam');
  await the.rpc('createSnapshot', { name: the.snapshot('snap'), subscription });
  await the.rpc('createSchema', {
    parent: the.project,
    schemaId: 'sch',
    schema: { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; message A { string a = 1; }' },
  });
  const get = async (resource: string) => (await the.rpc('getIamPolicy', { resource })) as Policy;
  const set = async (resource: string, policy: object) =>
    (await the.rpc('setIamPolicy', { resource, policy })) as Policy;
  const seen = (policy: Policy): unknown =>
    policy.error === undefined ? { bindings: policy.bindings ?? [], hasEtag: (policy.etag ?? '') !== '' } : policy;
  for (const resource of [topic, subscription, the.snapshot('snap'), the.schema('sch')]) {
    const kind = resource.split('/')[2];
    await the.fact(`${kind}: none to begin with`, seen(await get(resource)), { bindings: [], hasEtag: true });
    await the.fact(`${kind}: is set`, seen(await set(resource, { bindings: [BINDING] })), {
      bindings: [BINDING],
      hasEtag: true,
    });
    await the.fact(`${kind}: is found`, seen(await get(resource)), { bindings: [BINDING], hasEtag: true });
  }
  const first = await get(topic);
  // The bytes themselves: as text they may be others.
  const { etag } = await the
    .ok<{ etag: Buffer }>('getIamPolicy', { resource: topic })
    .catch(() => ({ etag: undefined }));
  const changed = await set(topic, { bindings: [], etag });
  await the.fact('a policy that was read is replaced', 'error' in changed ? changed : [changed.bindings ?? []], [[]]);
  await the.fact('by one with another etag', changed.error ?? changed.etag !== first.etag, true);
  const stale = await the.rpc('setIamPolicy', {
    resource: topic,
    policy: { bindings: [BINDING], etag: Buffer.from('stale') },
  });
  await the.fact('one that was read too long ago is not', stale, refused('ABORTED'));
  await the.fact('nor does that change anything', seen(await get(topic)), { bindings: [], hasEtag: true });
  const permissions = ['pubsub.topics.publish', 'pubsub.topics.delete'];
  await the.fact(
    'all permissions are there, since none is enforced',
    the.rpc('testIamPermissions', { resource: topic, permissions }),
    { permissions },
  );
  await the.fact(
    'of a missing topic',
    the.rpc('getIamPolicy', { resource: the.topic('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'set on a missing topic',
    the.rpc('setIamPolicy', { resource: the.topic('absent'), policy: {} }),
    refused('NOT_FOUND', /absent/),
  );
  await the.ok('deleteTopic', { topic });
  await the.newTopic('iam-topic');
  await the.fact('a policy goes with its topic', seen(await get(topic)), { bindings: [], hasEtag: true });
}
