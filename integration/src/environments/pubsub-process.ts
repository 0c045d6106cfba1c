import { createServer } from 'node:http';
import { startPubSubEmulator } from '@sluice/emulator-pubsub';

/** The Pub/Sub emulator for tests that kill it, with its faults on demand at `POST /<method>`, the arguments as JSON. */
const { DIRECTORY, PORT, FAULTS_PORT } = process.env;
const { faults } = await startPubSubEmulator({
  directory: String(DIRECTORY),
  port: Number(PORT),
  onEvent: (event) => console.log(event),
});

createServer(async (request, response) => {
  const chunks: Buffer[] = await request.toArray();
  const method = faults[(request.url ?? '').slice(1) as 'expireDeadlines'];
  method.apply(faults, JSON.parse(Buffer.concat(chunks).toString()));
  response.end();
}).listen(Number(FAULTS_PORT), '127.0.0.1');
