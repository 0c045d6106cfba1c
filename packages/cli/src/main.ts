#!/usr/bin/env node
import { Argument, Command } from 'commander';
import { serverArgument, topicArgument, wholeNumberArgument } from './arguments.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { listen } from './commands/listen.ts';
import { type ProduceOptions, produce } from './commands/produce.ts';
import { pubSubCommand } from './commands/pubsub.ts';
import { start } from './commands/start.ts';
import { outliveConsole } from './console.ts';
import { EXAMPLES, type ExampleName } from './produce/examples.ts';

const program = new Command('sluice')
  .description('A Kafka-compatible streaming pipeline that runs on emulators')
  .showHelpAfterError();

program
  .command('start')
  .description(
    'run the whole pipeline on this machine: emulator of Kafka or Pub/Sub, PostgreSQL, ingest, consumer, query, gateway',
  )
  .addHelpText('after', '\nIt is configured by environment variables; the README lists them.')
  .action(async () => {
    outliveConsole();
    process.exitCode = await start(process.env);
  });

program
  .command('listen')
  .description('print the events of a topic, one a line, from the beginning and then as they come')
  .argument('<name>', 'fruits, colors, or the name of a topic, such as SpongeBob.Fruits', topicArgument)
  .addHelpText('after', '\nKAFKA_BROKER, or with BROKER=pubsub PUBSUB_EMULATOR_HOST, says where the broker is.')
  .action(async (topic: string) => {
    // What nobody reads must not keep it.
    process.exit(await listen(topic, process.env));
  });

program
  .command('produce')
  .description('register an example of an event and send a random one of it every second')
  .addArgument(new Argument('<what>', 'the example').choices(Object.keys(EXAMPLES)))
  .option('--url <url>', 'where the event gateway is (default: the gateway of sluice start)', serverArgument)
  .option('--count <n>', 'end after so many events', wholeNumberArgument(1, 1e12))
  .option('--interval <ms>', 'time between two events', wholeNumberArgument(0, 86_400_000), 1_000)
  .action(async (what: ExampleName, options: ProduceOptions) => {
    process.exit(await produce(what, options, process.env));
  });

program.addCommand(deadLettersCommand(process.env));
program.addCommand(pubSubCommand(process.env));

await program.parseAsync();
