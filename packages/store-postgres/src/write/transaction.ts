import { SluiceError } from '@sluice/core';
import { DatabaseError, type Pool, type PoolClient } from 'pg';

/**
 * Runs `work` in a transaction; `work` begins it itself, to begin it and look around in one round trip, and has it undone
 * by returning undefined. A connection whose state is not known for certain afterwards is closed instead of going back to
 * the pool, which makes the server roll back.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isClean = false;
  try {
    const result = await work(client);
    if (result === undefined) {
      isClean = await rollBack(client);
      return result;
    }
    const { command } = await client.query('commit');
    isClean = true;
    if (command !== 'COMMIT') throw new SluiceError('unavailable', 'PostgreSQL rolled the transaction back');
    return result;
  } catch (error) {
    isClean ||= isAnswer(error) && (await rollBack(client));
    throw error;
  } finally {
    client.release(!isClean);
  }
}

/** Whether an error leaves the connection in order: a refusal of ours, or one of the server's that is not its end. */
const isAnswer = (error: unknown): boolean =>
  error instanceof SluiceError || (error instanceof DatabaseError && error.severity === 'ERROR');

async function rollBack(client: PoolClient): Promise<boolean> {
  return await client.query('rollback').then(
    () => true,
    () => false,
  );
}
