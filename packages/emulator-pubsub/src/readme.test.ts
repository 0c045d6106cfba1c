import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { RPCS } from './apis/registry.ts';

const protos = join(
  dirname(createRequire(import.meta.url).resolve('@google-cloud/pubsub/build/protos/protos.js')),
  'google/pubsub/v1',
);

/** The methods that a .proto file defines, as paths. */
async function definedIn(file: string): Promise<string[]> {
  const text = await readFile(join(protos, file), 'utf8');
  const found: string[] = [];
  let service = '';
  for (const [, name, method] of text.matchAll(/^service (\w+)|^ {2}rpc (\w+)\(/gm)) {
    if (name !== undefined) service = name;
    else found.push(`/google.pubsub.v1.${service}/${method}`);
  }
  return found;
}

test('every method of Google’s definitions is served, and each once', async () => {
  const iam = ['SetIamPolicy', 'GetIamPolicy', 'TestIamPermissions'].map((name) => `/google.iam.v1.IAMPolicy/${name}`);
  const defined = [...(await definedIn('pubsub.proto')), ...(await definedIn('schema.proto')), ...iam];
  assert.ok(defined.length > 35);
  assert.deepEqual(RPCS.map(({ path }) => path).sort(), defined.sort());
});

test('the README lists the methods that are served', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| `([A-Z]\w*[a-z])` +\| (.+) \|$/gm)].flatMap(([, service, methods = '']) =>
    methods.split(', ').map((method) => `${service}/${method.trim()}`),
  );
  assert.deepEqual(
    listed,
    RPCS.map(({ path }) => path.replace(/^.*\.(?=\w+\/)/, '')),
  );
});
