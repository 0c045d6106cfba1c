import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

test('where nobody reads the console any more, a start goes on to its own end', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'start'], {
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', QUERY_PORT: 'x' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  assert.deepEqual([code, errors], [78, '']);
});
