import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { aborted, run, settings, variable, wholeNumber } from '@sluice/runtime';

/**
 * PostgreSQL as a part: a process that looks after the server, and ends it when the supervisor is gone. Only a `kill -9`
 * of this one leaves PostgreSQL running: then the supervisor ends it, or else the next start (leftover-postgres.ts).
 */
const config = settings({
  port: wholeNumber('POSTGRES_PORT', { min: 1, max: 65_535, fallback: 5433 }),
  dataDirectory: variable({ name: 'POSTGRES_DATA_DIR', rule: 'be a path', parse: (text) => text }),
});

await run('postgres', config, async ({ config, log, signal }) => {
  const lastLines: string[] = [];
  const keep = (line: string): void => {
    log.info(line);
    if (lastLines.push(line) > 5) lastLines.shift();
  };
  await using postgres = await startEmbeddedPostgres({ ...config, log: keep });
  log.info({ pid: postgres.pid, port: postgres.port }, 'accepts connections');
  const end = await Promise.race([aborted(signal), postgres.exited]);
  if (!end) return;
  throw new Error(`PostgreSQL ended by itself (${end.signal ?? `exit code ${end.code}`}): ${lastLines.join(' / ')}`);
});
