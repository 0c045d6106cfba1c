import { DEAD_LETTER_REASONS, type DeadLetterReason, isUuid, quoted } from '@sluice/core';
import { readSettings, SettingsError } from '@sluice/runtime';
import { Command, InvalidArgumentError, Option } from 'commander';
import { serverArgument, wholeNumberArgument } from '../arguments.ts';
import { complain } from '../console.ts';
import { act, type Meant } from '../dead-letters/act.ts';
import { type Action, DeadLettersApi, type Filter, RequestFailure } from '../dead-letters/api.ts';
import { listDeadLetters } from '../dead-letters/list.ts';
import { pageOf } from '../dead-letters/page.ts';
import { tableOf } from '../dead-letters/table.ts';
import { gatewayUrl } from '../gateway-url.ts';
import { standardOutput } from '../standard-output.ts';
import { EXIT_CONFIG } from '../start/part-process.ts';

interface Options {
  readonly url?: URL;
  readonly json?: true;
  readonly stream?: string;
  readonly reason?: DeadLetterReason;
}

const DONE = { redrive: 'redriven', discard: 'discarded' } as const satisfies Record<Action, string>;
const NEVER = new AbortController().signal;

/** `sluice dead-letters …`: what could not be projected, and what is to become of it. */
export function deadLettersCommand(environment: NodeJS.ProcessEnv): Command {
  const command = new Command('dead-letters').description('show, re-drive and discard what could not be projected');
  const sub = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .addOption(
        new Option('--url <url>', 'where the services are (default: the gateway of sluice start)').argParser(
          serverArgument,
        ),
      )
      .option('--json', 'print JSON, one object a line');
  const filtered = (built: Command): Command =>
    built
      .option('--stream <name>', 'those of this stream', streamArgument)
      .addOption(new Option('--reason <reason>', 'those with this reason').choices(DEAD_LETTER_REASONS));

  filtered(sub('list', 'list them, newest first'))
    .option('--limit <n>', 'at most so many', wholeNumberArgument(1, 1_000_000), 50)
    .action(async (options: Options & { readonly limit: number }) => await run(options, environment, list));

  sub('show', 'show one with its record')
    .argument('<id>', 'its command id', idArgument)
    .action(async (id: string, options: Options) => {
      await run(options, environment, async (api, output) => {
        const deadLetter = await api.show(id);
        for (const line of options.json ? [JSON.stringify(deadLetter)] : pageOf(deadLetter)) await output(line);
        return 0;
      });
    });

  filtered(sub('redrive', 'put them into the log again, to be projected by the latest version of their schema'))
    .argument('[ids...]', 'command ids', idsArgument)
    .action(async (ids: readonly string[] | undefined, options: Options, self: Command) => {
      await run(options, environment, acting('redrive', meantBy(ids, options, self)));
    });

  filtered(sub('discard', 'delete them: nothing is kept but that they were there'))
    .argument('[ids...]', 'command ids', idsArgument)
    .option('--yes', 'of a filter, discard all that it means')
    .action(async (ids: readonly string[] | undefined, options: Options & { readonly yes?: true }, self: Command) => {
      const meant = meantBy(ids, options, self);
      if (meant.kind === 'filter' && !options.yes) {
        self.error(
          'error: discarding all that a filter means takes --yes; look at them first with sluice dead-letters list',
        );
      }
      await run(options, environment, acting('discard', meant));
    });

  return command;
}

type Output = (line: string) => Promise<void>;
type Work = (api: DeadLettersApi, output: Output, options: Options) => Promise<number>;

/** Does the work and ends the process with its exit code: 0 where all was done, 1 where it was not, 78 without an address. */
async function run<O extends Options>(
  options: O,
  environment: NodeJS.ProcessEnv,
  work: (api: DeadLettersApi, output: Output, options: O) => Promise<number>,
): Promise<void> {
  const output = standardOutput();
  // Nobody may read them any more.
  process.stderr.on('error', () => {});
  process.exit(await attempt());

  async function attempt(): Promise<number> {
    try {
      const api = new DeadLettersApi(options.url ?? readSettings(gatewayUrl, environment));
      const code = await work(api, (line) => output.line(line, NEVER), options);
      const failure = output.failure();
      if (failure) complain(`cannot write to standard output: ${failure.message}`);
      return failure ? 1 : code;
    } catch (error) {
      if (error instanceof RequestFailure) {
        complain(error.message);
        return 1;
      }
      if (!(error instanceof SettingsError)) throw error;
      complain(`cannot tell where the services are:\n${error.message}\n(or say where with --url)`);
      return EXIT_CONFIG;
    }
  }
}

async function list(
  api: DeadLettersApi,
  output: Output,
  options: Options & { readonly limit: number },
): Promise<number> {
  const { json, limit } = options;
  const { summaries, hasMore } = await listDeadLetters(api, filterOf(options), limit);
  const lines = json ? summaries.map((summary) => JSON.stringify(summary)) : tableOf(summaries);
  if (summaries.length > 0) for (const line of lines) await output(line);
  else complain('there are no such dead letters');
  if (hasMore) complain(`these are the newest ${limit}; there are more (--limit)`);
  return 0;
}

function acting(action: Action, meant: Meant): Work {
  return async (api, output, { json }) => {
    let count = 0;
    const written: Promise<void>[] = [];
    const isAllDone = await act({
      api,
      action,
      meant,
      onDone(done) {
        count += done[DONE[action]] ?? 0;
        if (json) written.push(output(JSON.stringify(done)));
      },
      onFailure: complain,
    });
    await Promise.all(written);
    if (!json) await output(`${DONE[action]}: ${count}`);
    return isAllDone ? 0 : 1;
  };
}

function filterOf({ stream, reason }: Options): Filter {
  return { ...(stream !== undefined && { stream }), ...(reason !== undefined && { reason }) };
}

function meantBy(ids: readonly string[] = [], options: Options, self: Command): Meant {
  const filter = filterOf(options);
  const hasFilter = Object.keys(filter).length > 0;
  if (hasFilter === ids.length > 0) {
    self.error('error: say which ones: either by their ids, or by --stream, --reason, or both');
  }
  return hasFilter ? { kind: 'filter', filter } : { kind: 'ids', ids };
}

function idArgument(text: string): string {
  if (isUuid(text)) return text.toLowerCase();
  throw new InvalidArgumentError(`It must be a UUID, got ${quoted(text)}.`);
}

const idsArgument = (text: string, others: readonly string[] | undefined): readonly string[] => [
  ...(others ?? []),
  idArgument(text),
];

function streamArgument(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must be the name of a stream.');
}
