import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { openClients } from './clients.ts';
import type { ServerKind } from './server.ts';
import { World } from './world.ts';

const IMAGE = 'google/cloud-sdk:emulators';
const PORT = 8085;

/** pstest, the service in memory that Google ships with its Go client, by Testcontainers. */
export const pstestKind: ServerKind = {
  name: 'pstest',
  async start() {
    const container = await started();
    return {
      address: `${container.getHost()}:${container.getMappedPort(PORT)}`,
      async [Symbol.asyncDispose]() {
        await container.stop();
      },
    };
  },
};

/**
 * The list of differences is pstest's, as is the image that this is tested with. Others of that name hold another emulator,
 * written in Java, that differs in other ways: without this its whole list would be the answer.
 * @throws where the image holds something else.
 */
export async function checkIsPstest(): Promise<void> {
  await using server = await pstestKind.start();
  await using clients = openClients(server.address);
  const world = new World(clients, pstestKind);
  const [id = ''] = await world.publish(await world.newTopic('check'), 'who are you');
  if (!/^m\d+$/.test(id)) {
    throw new Error(`the image ${IMAGE} must hold pstest, whose message ids are like "m0", got one that gives "${id}"`);
  }
}

async function started(): Promise<StartedTestContainer> {
  try {
    return await new GenericContainer(IMAGE)
      .withExposedPorts(PORT)
      .withCommand(['gcloud', 'beta', 'emulators', 'pubsub', 'start', `--host-port=0.0.0.0:${PORT}`])
      .withWaitStrategy(Wait.forLogMessage(/started/))
      .start();
  } catch (error) {
    throw new Error(`the image ${IMAGE} must be there or to be had, and start`, { cause: error });
  }
}
