import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into every part before its own entry point: when whoever holds the other end of its lifeline is gone, however
 * that came, the part is told to end as by SIGTERM. So a `kill -9` of `sluice start` leaves nobody behind, and still ends
 * the parts in order: the supervisor alone holds a service's lifeline, the services hold those of the servers, too.
 */
const LIFELINE = 3;

if (isMainThread) {
  new Socket({ fd: LIFELINE, readable: true, writable: false })
    .once('close', () => process.kill(process.pid, 'SIGTERM'))
    .on('error', () => {})
    .resume()
    // Watching it must not keep a part running that has come to its end.
    .unref();
  // The supervisor reads what a part writes; without it, a line must not end the drain.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
