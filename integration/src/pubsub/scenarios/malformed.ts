import type { Base, Malformed } from '../malformed/case.ts';
import { fatalCases } from '../malformed/fatal.ts';
import { fieldCases } from '../malformed/fields.ts';
import { nameCases, newNameCases, projectCases, schemaIdCases } from '../malformed/names.ts';
import { refused } from '../observation.ts';
import { endOf } from '../pull-stream.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const malformedScenarios: readonly Scenario[] = [
  { name: 'malformed: names', run: (the) => refuseAll(the, [...nameCases, ...projectCases]) },
  { name: 'malformed: names of what is new', run: (the) => refuseAll(the, [...newNameCases, ...schemaIdCases]) },
  { name: 'malformed: fields', run: (the) => refuseAll(the, fieldCases) },
  { name: 'malformed: what ends pstest', run: fatal },
];

async function base(the: World): Promise<Base> {
  const { topic, subscription } = await the.newPair('base');
  await the.ok('createSchema', {
    parent: the.project,
    schemaId: 'base',
    schema: { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; message A { string a = 1; }' },
  });
  const of = (collection: string, id: string): string => `${the.project}/${collection}/${id}`;
  return { project: the.project, topic, subscription, schema: the.schema('base'), of };
}

/** On a server of its own, and one after the other: what another makes of what it should refuse, others would find. */
async function refuseAll(the: World, cases: readonly Malformed[]): Promise<void> {
  await using another = await the.another();
  const { world: own } = another;
  const made = await base(own);
  for (const { rpc, what, request, documented } of cases) {
    await the.fact(`${rpc}: ${what}`, own.rpc(rpc, request(made)), documented);
  }
  await the.fact(
    'it serves on',
    own.rpc('getTopic', { topic: made.topic }).then((topic) => 'name' in (topic as object)),
    true,
  );
}

async function fatal(the: World): Promise<void> {
  const alone = async (
    what: string,
    run: (own: World, made: Base) => Promise<unknown>,
    documented: Malformed['documented'],
  ): Promise<void> => {
    await using another = await the.another();
    const { world } = another;
    await the.fact(what, await run(world, await base(world)), documented);
    const next = await world.rpc('createTopic', { name: world.topic('next') });
    await the.fact(`${what}: it serves on`, 'error' in (next as object) ? next : 'answered', 'answered');
  };
  const invalid = refused('INVALID_ARGUMENT');
  await Promise.all([
    ...fatalCases.map(({ rpc, what, request, documented }) =>
      alone(`${rpc}: ${what}`, (own, made) => own.rpc(rpc, request(made)), documented),
    ),
    alone(
      'a stream with more ids than deadlines',
      async (own, { topic, subscription }) => {
        await own.publish(topic, 'a');
        using stream = own.stream(subscription);
        await own.sees(() => stream.messages.length === 1);
        const { ackId } = stream.messages[0] ?? {};
        stream.send({ modifyDeadlineAckIds: [ackId], modifyDeadlineSeconds: [] });
        return await endOf(stream, 2_000);
      },
      invalid,
    ),
  ]);
}
