import type { Clients } from './clients.ts';
import type { Fact } from './observation.ts';
import type { ServerKind } from './server.ts';
import { World } from './world.ts';

/** Something that clients do with a server, and what they see of it. */
export interface Scenario {
  readonly name: string;
  readonly run: (the: World) => Promise<void>;
}

/** Plays a scenario in a project of its own. */
export async function play({ run }: Scenario, clients: Clients, kind: ServerKind): Promise<readonly Fact[]> {
  const world = new World(clients, kind);
  await run(world);
  return world.facts;
}
