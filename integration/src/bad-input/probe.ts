import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a service before its own program, by `--import`: tells over a socket what the process has cost so far. A
 * line `cpu` or `memory` is answered with a line of JSON; before `memory`, garbage is collected.
 */
const { PROBE_SOCKET } = process.env;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function told(question: string): unknown {
  switch (question) {
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return { cpuMicros: user + system };
    }
    case 'memory': {
      // What a first collection finds unreachable may hold others by a finalizer.
      for (let times = 0; times < 3; times++) collectGarbage();
      const { rss, heapUsed, external } = process.memoryUsage();
      return { rssBytes: rss, heapBytes: heapUsed, externalBytes: external };
    }
    default:
      return { error: `no such question: ${question}` };
  }
}

createServer((socket) => {
  socket.on('data', (chunk) => void socket.write(`${JSON.stringify(told(chunk.toString().trim()))}\n`));
  socket.on('error', () => socket.destroy());
})
  .listen(PROBE_SOCKET)
  .unref();
