import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { ServerKind } from './server.ts';

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
