// Installs what package.json names, and only when something changed since the last install: a warm start pays for a few
// stat calls instead of a package manager. Runs on the machine's own Node (20 or later), before Node 24 is there.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PNPM = 'pnpm@12.18.0';

const modifiedMs = (path) => {
  try {
    return statSync(join(root, path)).mtimeMs;
  } catch {
    return undefined;
  }
};

function manifests() {
  const folders = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
    .split('allowBuilds:')[0]
    .match(/^ {2}- (.+)$/gm)
    .map((line) => line.slice(4));
  const projects = folders.flatMap((folder) =>
    folder.endsWith('/*')
      ? readdirSync(join(root, folder.slice(0, -2))).map((name) => `${folder.slice(0, -1)}${name}`)
      : [folder],
  );
  return ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...projects.map((p) => `${p}/package.json`)];
}

function isCurrent() {
  const installed = modifiedMs('node_modules/.pnpm-workspace-state-v1.json');
  if (installed === undefined) return false;
  return manifests().every((path) => (modifiedMs(path) ?? 0) <= installed);
}

if (!isCurrent()) {
  console.error('sluice: installing dependencies');
  const { status, error } = spawnSync(
    'npx',
    ['--yes', '--prefer-offline', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'],
    { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' },
  );
  if (error) console.error(`sluice: npx could not be started: ${error.message}`);
  if (status !== 0) {
    console.error(`sluice: the install failed (${PNPM} exited ${status}); the lines above say why`);
    process.exit(1);
  }
}
