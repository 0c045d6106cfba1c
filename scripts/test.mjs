// Runs one tier of the tests with node:test: `unit` (everything that needs Node and npm alone) or `containers`
// (`*.containers.test.ts`: the same suites on real servers). Further arguments name files instead of the whole tier.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const [tier, ...named] = process.argv.slice(2);
const isContainerTest = (path) => path.endsWith('.containers.test.ts');

function* testFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) yield* testFiles(path);
    else if (entry.name.endsWith('.test.ts')) yield path;
  }
}

const files =
  named.length > 0 ? named : ['packages', 'services', 'integration', 'bench'].flatMap((f) => [...testFiles(f)]);
const chosen = named.length > 0 ? files : files.filter((path) => isContainerTest(path) === (tier === 'containers'));
if (chosen.length === 0) {
  console.error(`no ${tier} tests found`);
  process.exit(1);
}

if (tier === 'containers' && spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0) {
  console.error('test:containers needs a Docker daemon, and `docker info` found none. Nothing was tested.');
  process.exit(1);
}

// Several times what a tier takes. A file whose process does not end would hold up everything behind it for ever; told to
// stop, the runner names the file.
const DEADLINE_MS = 25 * 60_000;

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${tier === 'containers' ? 1 : 2}`,
    '--test-reporter=spec',
    '--test-timeout=600000',
    ...chosen.sort(),
  ],
  {
    timeout: DEADLINE_MS,
    stdio: 'inherit',
    env: { ...process.env, METADATA_SERVER_DETECTION: 'none', NODE_NO_WARNINGS: '1' },
  },
);
process.exit(status ?? 1);
