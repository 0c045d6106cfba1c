import { EmbeddedPostgresError, endLeftoverPostgres as end } from '@sluice/embedded-postgres';
import type { DataDirectory } from './data-directory.ts';
import { Refusal } from './refusal.ts';

/**
 * Ends the PostgreSQL whose keeper, the postgres part, was killed. It is in a process group of its own and has no
 * lifeline, so neither the end of the part's group nor that of the supervisor reaches it.
 * @throws Refusal where it cannot be ended
 */
export async function endLeftoverPostgres({ postgres }: DataDirectory, say: (line: string) => void): Promise<void> {
  try {
    await end({ dataDirectory: postgres, log: say });
  } catch (error) {
    throw error instanceof EmbeddedPostgresError ? new Refusal(error.message, { cause: error }) : error;
  }
}
