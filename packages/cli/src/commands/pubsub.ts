import { type Broker, isRetryable, parseInstant, quoted, type SeekTarget, SluiceError } from '@sluice/core';
import { type Environment, readSettings, type Setting, SettingsError, settings } from '@sluice/runtime';
import { ACTIVITY_STREAM, CONTROL_STREAM, TABLE_TRANSACTION_STREAM, TIMESTAMP_STREAM } from '@sluice/streams';
import { type BrokerConfig, brokerConfig, type GroupNames, groupNames, openBroker, topicName } from '@sluice/wiring';
import { Command, InvalidArgumentError } from 'commander';
import { complain, complaints, show } from '../console.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';
import { startedBroker } from '../started-broker.ts';

/** `sluice pubsub …`: what there is to do about Google Pub/Sub beside the services. */
export function pubSubCommand(environment: Environment): Command {
  const command = new Command('pubsub').description(
    'set Google Pub/Sub up, and bring a group back to what it has read',
  );
  const where =
    '\nPROJECT_ID and PUBSUB_EMULATOR_HOST or GOOGLE_APPLICATION_CREDENTIALS say where, KAFKA_GROUP_ID which group.';
  const sub = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--google', "ask Google itself, with this machine's own credentials where no others are named")
      .addHelpText('after', where);

  sub(
    'setup',
    'make the topics of the built-in streams and the subscriptions of the group, where they are missing',
  ).action(async (options: Asked) => await run(environment, options, setUp));

  sub('seek', 'have messages delivered to the group again, or not at all any more, in all of its topics')
    .requiredOption(
      '--to <place>',
      'beginning (of what the topics keep), a time such as 2026-11-21T10:00:00Z, or snapshot:<name>',
      placeArgument,
    )
    .action(async (options: Asked & { readonly to: SeekTarget }) => {
      await run(environment, options, seeking(options.to));
    });

  sub('snapshot', 'keep the place of the group in all of its topics under a name, for a seek within seven days')
    .argument('<name>', 'what to call it', nameArgument)
    .option('--delete', 'forget it instead')
    .action(async (name: string, options: Asked & { readonly delete?: true }) => {
      await run(environment, options, options.delete ? forgetting(name) : keeping(name));
    });

  return command;
}

interface Asked {
  /** Where nothing names a place, it is otherwise the emulator that `sluice start` runs. */
  readonly google?: true;
}

interface Place extends GroupNames {
  readonly broker: Broker;
}

type Work = (place: Place) => Promise<void>;

const settingsOn = (broker: Setting<BrokerConfig>) =>
  settings({
    broker,
    names: groupNames({
      timestamps: TIMESTAMP_STREAM,
      activityEvents: ACTIVITY_STREAM,
      activities: TABLE_TRANSACTION_STREAM,
      control: CONTROL_STREAM,
    }),
    published: topicName('KAFKA_PUBLISH_TOPIC', TIMESTAMP_STREAM),
  });

const setUp: Work = async ({ broker, topics, group, subscriptionId }) => {
  const names = Object.values(topics);
  await broker.admin.ensureTopics(names.map((name) => ({ name, partitions: 1 })));
  for (const name of names) show(`topic ${name}`);
  await broker.admin.ensureSubscriptions({ group, topics: names });
  for (const name of names) show(`subscription ${subscriptionId(group, name) ?? `${group}.${name}`}`);
};

const seeking =
  (to: SeekTarget): Work =>
  async ({ broker, group, topics }) => {
    const found = await topicsOf(broker, group);
    // What the records of the others mean depends on it.
    const inOrder = found.toSorted((a, b) => Number(b === topics.control) - Number(a === topics.control));
    for (const topic of inOrder) {
      await broker.admin.seek({ group, topics: [topic], to });
      show(`${group} is at ${placeText(to)} in ${topic}`);
    }
  };

const keeping =
  (name: string): Work =>
  async ({ broker, group }) => {
    const topics = await topicsOf(broker, group);
    await broker.admin.takeSnapshot({ name, group, topics });
    for (const topic of topics) show(`snapshot ${name} of ${group} in ${topic}`);
  };

const forgetting =
  (name: string): Work =>
  async ({ broker, group }) => {
    await broker.admin.deleteSnapshot({ name, topics: await topicsOf(broker, group) });
  };

/** @throws SluiceError `misconfigured` where there is none: the group's name is wrong, or the project */
async function topicsOf(broker: Broker, group: string): Promise<readonly string[]> {
  const topics = await broker.admin.topicsOf(group);
  if (topics.length > 0) return topics;
  throw new SluiceError('misconfigured', `the group ${quoted(group)} has no subscription in this project`);
}

async function run(environment: Environment, { google }: Asked, work: Work): Promise<void> {
  const asked = { ...environment, BROKER: 'pubsub' };
  process.exitCode = google
    ? await codeOf(settingsOn(brokerConfig), { ...asked, PUBSUB_EMULATOR_HOST: undefined }, work)
    : await codeOf(settingsOn(startedBroker), asked, work);
}

/** How long a command tries what may be down for a moment. */
const ATTEMPTS = 3;

async function codeOf(setting: ReturnType<typeof settingsOn>, environment: Environment, work: Work): Promise<number> {
  try {
    const { broker: config, names } = readSettings(setting, environment);
    const { subscriptionId } = names;
    await using broker = await openBroker(config, { clientId: 'sluice-cli', log: complaints().log, subscriptionId });
    for (let attempt = 1; ; attempt++) {
      try {
        await work({ ...names, broker });
        return 0;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof SluiceError)) throw error;
    complain(error.message);
    return error instanceof SettingsError ? EXIT_CONFIG : 1;
  }
}

const SNAPSHOT = 'snapshot:';

function placeArgument(text: string): SeekTarget {
  if (text === 'beginning') return { kind: 'beginning' };
  if (text.startsWith(SNAPSHOT)) return { kind: 'snapshot', name: nameArgument(text.slice(SNAPSHOT.length)) };
  const parsed = parseInstant(text);
  if (parsed.kind === 'instant') return { kind: 'time', timeMs: Date.parse(parsed.instant) };
  throw new InvalidArgumentError(
    `It must be beginning, snapshot:<name> or a time such as 2026-11-21T10:00:00Z, got ${quoted(text)}.`,
  );
}

const placeText = (to: SeekTarget): string => {
  switch (to.kind) {
    case 'beginning':
      return 'the beginning';
    case 'time':
      return new Date(to.timeMs).toISOString();
    case 'snapshot':
      return `snapshot ${to.name}`;
    default:
      return to satisfies never;
  }
};

/** With a topic behind it, it must be an id of Pub/Sub. */
function nameArgument(text: string): string {
  if (/^(?!goog)[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError(
    `It must be 1 to 63 letters, digits, hyphens or underscores, the first a letter, and not begin with "goog", got ${quoted(text)}.`,
  );
}
