import { SluiceError } from '@sluice/core';
import { DatabaseError, type Pool, type PoolClient } from 'pg';

/**
 * Runs `work` in a transaction that begins with `begin`. A connection whose state is not known for certain afterwards is
 * closed instead of going back to the pool, which makes the server roll back.
 */
export async function inTransaction<T>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let reusable = false;
  try {
    await client.query(begin);
    const result = await work(client);
    const { command } = await client.query('commit');
    reusable = true;
    if (command !== 'COMMIT') throw new SluiceError('unavailable', 'PostgreSQL rolled the transaction back');
    return result;
  } catch (error) {
    if (!reusable) reusable = await rollBack(client, error);
    throw error;
  } finally {
    client.release(!reusable);
  }
}

async function rollBack(client: PoolClient, error: unknown): Promise<boolean> {
  const answered = error instanceof SluiceError || (error instanceof DatabaseError && error.severity === 'ERROR');
  if (!answered) return false;
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
