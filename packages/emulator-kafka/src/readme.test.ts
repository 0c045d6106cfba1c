import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { APIS } from './apis/registry.ts';

test('the README lists the APIs that are served', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| (\d+) +\| (\w+) +\| (\d+(?:–\d+)?) +\|$/gm)].map(([, ...row]) =>
    row.join(' '),
  );
  const served = APIS.map(({ key, name, versions: [first, last] }) => {
    return `${key} ${name} ${first === last ? first : `${first}–${last}`}`;
  });
  assert.deepEqual(listed, served);
});

test('every API is served once, in the order of the keys', () => {
  assert.equal(new Set(APIS.map(({ key }) => key)).size, APIS.length);
  assert.deepEqual(
    APIS.map(({ key }) => key),
    APIS.map(({ key }) => key).sort((a, b) => a - b),
  );
});
