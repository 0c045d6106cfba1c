import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Uploads {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly rounds: number;
}

/**
 * Sends the same request again and again, and counts the answers by status, and by error where none came. In a thread of
 * its own: a client that shares its thread with the server reads the answer before it could notice a reset.
 */
export async function countUploads(uploads: Uploads): Promise<Readonly<Record<string, number>>> {
  const worker = new Worker(new URL('uploads-worker.ts', import.meta.url), { workerData: uploads });
  const [counts] = await once(worker, 'message');
  await worker.terminate();
  return counts;
}
