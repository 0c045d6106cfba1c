import { setTimeout as delay } from 'node:timers/promises';
import type { DataDirectory } from './data-directory.ts';
import { EXIT_CONFIG, howItEnded, type PartEnd, type PartProcess } from './part-process.ts';

/** How long the other parts get to report what they find wrong with their settings. */
const SETTINGS_MS = 2_000;

/** Settings are shared: where one part finds them wrong, the others get a moment to say what they find. */
export async function othersWithWrongSettings(
  first: PartEnd,
  processes: readonly PartProcess[],
): Promise<readonly PartEnd[]> {
  if (first.code !== EXIT_CONFIG) return [];
  const found: PartEnd[] = [];
  const others = processes.filter(({ part }) => part !== first.part);
  const noted = others.map(async ({ ended }) => {
    const end = await ended;
    if (end.code === EXIT_CONFIG) found.push(end);
  });
  await Promise.race([Promise.all(noted), delay(SETTINGS_MS)]);
  return [...found];
}

/** Says who ended, how, and why as far as it said itself. */
export async function obituary(
  end: PartEnd,
  processes: readonly PartProcess[],
  { logs }: DataDirectory,
  say: (line: string) => void,
): Promise<void> {
  const words = (await processes.find(({ part }) => part === end.part)?.lastWords()) ?? [];
  const fact = `${end.part.name} ended by itself (${howItEnded(end)})${words.length > 0 ? '; its last words:' : ''}`;
  say([fact, ...words.map((line) => `  ${line}`), `All it wrote is in ${logs}/${end.part.name}.log`].join('\n'));
}
