import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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
