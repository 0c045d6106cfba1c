#!/usr/bin/env node
import { Command } from 'commander';
import { start } from './commands/start.ts';
import { outliveConsole } from './console.ts';

outliveConsole();

const program = new Command('sluice')
  .description('A Kafka-compatible streaming pipeline that runs on emulators')
  .showHelpAfterError();

program
  .command('start')
  .description('run the whole pipeline on this machine: Kafka emulator, PostgreSQL, ingest, consumer, query, gateway')
  .addHelpText('after', '\nIt is configured by environment variables; the README lists them.')
  .action(async () => {
    process.exitCode = await start(process.env);
  });

await program.parseAsync();
