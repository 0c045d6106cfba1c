import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@sluice/testing';
import { freePort, listens } from './processes.ts';

const VERSION = 'v2.5.1';
const run = promisify(execFile);

export interface PsTest extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

/**
 * The in-memory Pub/Sub that Google's Go client is tested with, built from its module and kept in the user's cache.
 * @returns undefined where it cannot be built, for want of Go or of the module
 */
export async function startPsTest(): Promise<PsTest | undefined> {
  const program = await build();
  if (program === undefined) return undefined;
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [address], { stdio: 'ignore' });
  await waitFor('pstest', () => listens(address));
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function build(): Promise<string | undefined> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', `pstest-${VERSION}`);
  const program = join(folder, 'pstest');
  if (await stat(program).catch(() => undefined)) return program;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'main.go'), MAIN);
  await writeFile(
    join(folder, 'go.mod'),
    `module pstest\n\ngo 1.24\n\nrequire cloud.google.com/go/pubsub/v2 ${VERSION}\n`,
  );
  try {
    await run('go', ['mod', 'tidy'], { cwd: folder });
    await run('go', ['build', '-o', 'pstest.new', '.'], { cwd: folder, env: { ...process.env, CGO_ENABLED: '0' } });
    await run('mv', ['pstest.new', 'pstest'], { cwd: folder });
    return program;
  } catch {
    return undefined;
  }
}

const MAIN = `package main

import (
	"net"
	"os"

	"cloud.google.com/go/pubsub/v2/pstest"
)

func main() {
	_, port, err := net.SplitHostPort(os.Args[1])
	if err != nil {
		panic(err)
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		panic(err)
	}
	pstest.NewServerWithPort(number)
	select {}
}
`;
