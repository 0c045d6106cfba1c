import { openClients } from './clients.ts';
import type { Observation } from './compare.ts';
import type { Fact } from './observation.ts';
import { play, type Scenario } from './scenario.ts';
import type { ServerKind } from './server.ts';

/** Plays scenarios on a new server, some at a time. */
export async function observe(kind: ServerKind, scenarios: readonly Scenario[], atOnce: number): Promise<Observation> {
  await using server = await kind.start();
  await using clients = openClients(server.address);
  const seen = new Map<string, readonly Fact[]>();
  const waiting = [...scenarios];
  const playAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        seen.set(next.name, await play(next, clients, kind));
      } catch (error) {
        throw new Error(`${next.name} could not be played on ${kind.name}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playAll));
  return seen;
}
