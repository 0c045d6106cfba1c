import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Refusal } from './refusal.ts';
import { type PartName, PORT_VARIABLES } from './settings.ts';

/**
 * Finds out, before anything is started, whether every part can listen where it is to, and chooses a port for those that
 * take any (0). All are tried at once, so that one message names everything that is in the way.
 * @throws Refusal
 */
export async function availablePorts(
  parts: readonly PartName[],
  wanted: Readonly<Record<PartName, number>>,
  hostOf: (part: PartName) => string,
): Promise<ReadonlyMap<PartName, number>> {
  const ports = new Map<PartName, number>();
  const obstacles: string[] = [];
  const servers: Server[] = [];
  for (const part of parts) {
    try {
      const server = await listenAt(wanted[part], hostOf(part));
      servers.push(server);
      ports.set(part, (server.address() as AddressInfo).port);
    } catch (error) {
      obstacles.push(
        `port ${wanted[part]} ${whyNot(error)}: ${part} needs it, or set ${PORT_VARIABLES[part]} to another`,
      );
    }
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  if (obstacles.length > 0) throw new Refusal(obstacles.join('\n'));
  return ports;
}

async function listenAt(port: number, host: string): Promise<Server> {
  const server = createServer().listen({ port, host, exclusive: true });
  await once(server, 'listening');
  return server;
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'is taken by another program';
  if (code === 'EACCES') return 'may not be used by this user';
  return `cannot be listened on (${code ?? error})`;
}
