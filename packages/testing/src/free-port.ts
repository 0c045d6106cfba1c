import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';

/**
 * Below the range that systems give to outgoing connections (RFC 6335 and Linux's default begin at 32,768 at the lowest):
 * a port from there may be in use as some connection's own end just when a killed server wants it back.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A file for each port that a test process has taken: between the choice and the server, another could choose it, too. */
const CLAIMS = join(tmpdir(), 'sluice-test-ports');
const claimed = new Set<string>();
process.on('exit', () => {
  for (const file of claimed) rmSync(file, { force: true });
});

/**
 * A port of 127.0.0.1 that nobody listens on, and that stays free for a server that is started and killed in turns: no other
 * test process gets it while this one lives.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (isClaimed(port) && (await canListen(port))) return port;
    await tick();
  }
  throw new Error(`found no free port from ${LOWEST} to ${HIGHEST}`);
}

/** Whether it is this process's now. */
function isClaimed(port: number): boolean {
  const file = join(CLAIMS, String(port));
  if (claimed.has(file)) return false;
  mkdirSync(CLAIMS, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    // Another user's folder: then there is nobody to agree with.
    if (error.code !== 'EEXIST') return true;
    if (isAlive(holderOf(file))) return false;
    writeFileSync(file, String(process.pid));
  }
  claimed.add(file);
  return true;
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
