import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNode, temporaryDirectory, waitFor } from '@sluice/testing';
import { openDataDirectory } from './data-directory.ts';
import { Refusal } from './refusal.ts';

test('one process has the folder; a killed one has it no more', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'made');
  const module = JSON.stringify(`${import.meta.dirname}/data-directory.ts`);
  await using holder = startNode({
    name: 'holder',
    args: [
      '--input-type=module',
      '-e',
      `globalThis.held = (await import(${module})).openDataDirectory(process.env.DIR); console.log('held'); setInterval(() => {}, 1e6)`,
    ],
    env: { DIR: path },
  });
  await waitFor('the lock', () => holder.output().includes('held'));
  assert.throws(
    () => openDataDirectory(path),
    (error) =>
      error instanceof Refusal &&
      error.message.includes(`${path} is in use by another \`sluice start\` (process ${holder.pid})`) &&
      error.message.includes('SLUICE_DATA_DIR'),
  );
  holder.kill('SIGKILL');
  await holder.exited;
  openDataDirectory(path)[Symbol.dispose]();
  using again = openDataDirectory(path);
  assert.ok(existsSync(again.logs));
});

test('a folder that cannot be written to is named with the variable that changes it', () => {
  const path = join(import.meta.filename, 'below-a-file');
  assert.throws(
    () => openDataDirectory(path),
    (error) =>
      error instanceof Refusal && error.message.includes(path) && /ENOTDIR.*SLUICE_DATA_DIR/.test(error.message),
  );
});

test('files that another user has made are refused with one of them, and how to have them back', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'data');
  const log = join(path, 'kafka/topics/a.log');
  mkdirSync(join(log, '..'), { recursive: true });
  writeFileSync(log, '', { mode: 0o444 });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    // Root may write everything, so an ordinary user has to try.
    chmodSync(folder.path, 0o755);
    for (const made of [path, join(path, 'kafka'), join(log, '..')]) chownSync(made, 65_534, 65_534);
  }
  const module = JSON.stringify(`${import.meta.dirname}/data-directory.ts`);
  const opening = `${isRoot ? 'process.setuid(65534);' : ''} (await import(${module})).openDataDirectory(process.env.DIR);`;
  await using user = startNode({ name: 'user', args: ['--input-type=module', '-e', opening], env: { DIR: path } });
  assert.equal((await user.exited).code, 1);
  const output = user.output();
  assert.ok(output.includes(`may not write ${log}`), output);
  assert.ok(output.includes(`chown -R "$(id -un)" "${path}"`), output);
});
