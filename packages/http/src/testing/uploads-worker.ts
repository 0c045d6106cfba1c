import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { Uploads } from './uploads.ts';

const { port, path, headers, bodyBytes, rounds } = workerData as Uploads;
const counts: Record<string, number> = {};
for (let round = 0; round < rounds; round++) {
  const outcome = await new Promise<string>((resolve) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers };
    const upload = request(options, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    upload.on('error', (error) => resolve(error.message));
    upload.end(Buffer.alloc(bodyBytes));
  });
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
parentPort?.postMessage(counts);
