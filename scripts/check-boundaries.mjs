// Checks which package may import which (the arrows of README's picture) and that no import cycle exists.
import { spawnSync } from 'node:child_process';

const { stdout, stderr, status } = spawnSync(
  'depcruise',
  ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'packages', 'services', 'integration', 'bench'],
  { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
);
process.stdout.write(stdout);
process.stderr.write(stderr);
// A cruiser that cannot read TypeScript reports "0 modules" and succeeds: seeing nothing must fail.
const cruised = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
if (cruised < 20) {
  console.error(`check-boundaries: only ${cruised} modules were seen, so nothing was checked`);
  process.exit(1);
}
process.exit(status ?? 1);
